# What every method does: it takes columns, asks the native part, and answers with a data frame.

#' The methods, on columns of your own
#'
#' Functions of vectors: rates and their limits, standardisation, funnels, charts, inequality, small numbers, ages. No
#' store and no framework are needed. Each takes the columns of a data frame and gives a tibble, so that
#' `dplyr::mutate()` and `dplyr::summarise()` spread its columns; a function that says "a row to each row" fits the former,
#' one that says "one row" the latter.
#'
#' Columns may be numbers, `integer64`, factors, text and `Date`, as the method needs them. `NA` and `NaN` are missing, and
#' never zero. Where a row is refused, its value is `NA` and `reason` says why; where the whole call is, it is a condition
#' of class `kilter_error_method` or `kilter_error_data`. The same figures give the same answer as in Rust, to the bit.
#'
#' Known from other packages (the differences stand on the page on methods of the project):
#'
#' | there | here | what differs |
#' |---|---|---|
#' | `PHEindicatormethods::phe_rate()` | [method_crude_rate()]; [method_pooled()] for groups | a group of one row is summed as any other |
#' | `phe_proportion()` | [method_proportion()]; [method_pooled()] | all of `n` has an upper limit of exactly 1 |
#' | `phe_mean()` | [method_mean()] | |
#' | `phe_quantile()` | [method_quantiles()] | reckoned in whole numbers; `first = "highest"` is `invert = TRUE` |
#' | `calculate_dsr()` | [method_direct()]; events that are not independent: [method_direct_repeated()] | bands are joined by key |
#' | `calculate_ISRatio()`, `calculate_ISRate()` | [method_indirect()] | both at once; bands are joined by key |
#' | `phe_life_expectancy()` | [method_life_expectancy()] | any bands that join, with an open end |
#' | `phe_sii()` | [method_slope_index()] | limits are calculated, theirs simulated |
#' | `assign_funnel_significance()`, `calculate_funnel_limits()` | [method_funnel_proportions()], [method_funnel_ratios()], [method_funnel_rates()] | `curve = TRUE` for the limits |
#' | `NHSRplotthedots::ptd_spc()` | [method_xmr()] | theirs: `rules = "nhsrplotthedots"`, `screening = "once"` |
#' | `qicharts2::qic()` | [method_run_chart()], [method_shewhart_values()], [method_shewhart_ratios()] | screening is a setting |
#' | `runcharter::runcharter()` | [method_sustained()] | a series too short to show a shift is refused |
#' | `phsmethods::age_calculate()`, `create_age_groups()` | [method_completed_years()], [method_age_groups()] | a day before the birth is refused |
#'
#' A level is a share such as 0.95; 95 and 1 are refused. One bad row costs its own row or group the answer, and is named,
#' where those packages mostly stop the whole call.
#'
#' The vignette `vignette("methods", "kilter")` says more about each pair.
#'
#' @name methods_of_kilter
#' @aliases kilter_methods
NULL

method <- function(verb, ..., call = sys.call(-1)) {
  as_result(native(verb, ..., call = call))
}

# Rates, proportions, means, rolling windows, quantiles, trends of five years: columns in, a tibble out.

#' Crude rates, row by row
#'
#' Crude rates, row by row, with the limits of a count.
#'
#' Formula: `per * x / n`; limits are those of the count `x` (exact Poisson below 10, Byar's from 10 on) times
#' `per / n`.
#'
#' Takes: `numerator`, events, at least 0, need not be whole; `denominator`, people or person-years, above 0;
#' `per`, above 0; `level`, a share from 0.9 up to but without 1.
#'
#' @param numerator Column of counts, at least 0; a proportion's is at most its denominator.
#' @param denominator Column of the same length: the people or cases among whom they are counted.
#' @param per What a value is given per, such as 1000 people, or 100 for percent.
#' @param level The level of the limits, between 0 and 1.
#' @return A tibble: a row to each row: `value, lower, upper` per `per`, `method` ("exact", "Byar"), and
#'   `reason` where there is no value. It never averages rates: for several rows together take [method_pooled()].
#' @section Errors: `kilter_error_method` for a level or `per` that is none; `kilter_error_data` for a column of
#'   another type. Rows are counted from 1.
#' @source `interval::rate`; Public Health England, Technical Guide: Confidence Intervals; `phe_rate` of
#'   PHEindicatormethods.
#' @examples
#' method_crude_rate(c(12, 30, NA), c(9600, 20000, 5000), per = 1000)
#'
#' if (requireNamespace("dplyr", quietly = TRUE)) {
#'   falls <- data.frame(area = c("Ash", "Birch"), falls = c(30, 52), people = c(20000, 31000))
#'   dplyr::mutate(falls, method_crude_rate(falls, people, per = 1000))
#' }
#' @export
method_crude_rate <- function(numerator, denominator, per = 1e5, level = 0.95) {
  method("crude_rate", numerator = numerator, denominator = denominator, per = per, level = level)
}

#' Proportions, row by row
#'
#' Proportions, row by row, with Wilson's limits.
#'
#' Formula: `per * x / n`; limits `(2x + z² ± z √(z² + 4x(1 - x/n))) / (2(n + z²))` times `per`.
#'
#' Takes: as [method_crude_rate()], but a numerator is at most its denominator.
#'
#' @param numerator Column of counts, at least 0; a proportion's is at most its denominator.
#' @param denominator Column of the same length: the people or cases among whom they are counted.
#' @param per What a value is given per, such as 1000 people, or 100 for percent.
#' @param level The level of the limits, between 0 and 1.
#' @return A tibble: `value, lower, upper, method, reason`, a row to each row.
#' @section Errors: As [method_crude_rate()]. `kilter_error_data` for a column of another type. Rows are counted
#'   from 1.
#' @source `interval::proportion`; Wilson, Journal of the American Statistical Association 1927;
#'   `phe_proportion`.
#' @examples
#' method_proportion(30, 120)
#' method_proportion(3, 2)$reason
#' @export
method_proportion <- function(numerator, denominator, per = 100, level = 0.95) {
  method("proportion", numerator = numerator, denominator = denominator, per = per, level = level)
}

#' Exact limits of Poisson counts
#'
#' Exact limits of Poisson counts.
#'
#' Formula: half the chi-squared quantiles with `2x` and `2x + 2` degrees of freedom; 0 below for none.
#'
#' Takes: `count`, at least 0.
#'
#' @param count Column of counts, at least 0.
#' @param level The level of the limits, between 0 and 1.
#' @return A tibble: `lower, upper, reason`, in events.
#' @section Errors: `kilter_error_method` for a level that is none. `kilter_error_data` for a column of another
#'   type. Rows are counted from 1.
#' @source `interval::poisson`; Garwood, Biometrika 1936.
#' @examples
#' method_poisson(c(0, 4))
#' @export
method_poisson <- function(count, level = 0.95) {
  method("poisson", count = count, level = level)
}

#' Byar's limits of Poisson counts
#'
#' Byar's approximation to the limits of Poisson counts.
#'
#' Formula: `x (1 - 1/(9x) - z/(3√x))³`, and above the same of `y = x + 1` with a plus.
#'
#' Takes: `count`, at least 0.
#'
#' @param count Column of counts, at least 0.
#' @param level The level of the limits, between 0 and 1.
#' @return A tibble: `lower, upper, reason`, in events.
#' @section Errors: As [method_poisson()]. `kilter_error_data` for a column of another type. Rows are counted
#'   from 1.
#' @source `interval::byar`; Breslow and Day 1987.
#' @examples
#' method_byar(30)
#' @export
method_byar <- function(count, level = 0.95) {
  method("byar", count = count, level = level)
}

#' Limits by standard errors
#'
#' The limits of values by their standard errors, as surveys publish them.
#'
#' Formula: `value ± t error`, with `t` the quantile of Student's distribution with `freedom` degrees of freedom; the
#' normal one where they are left out.
#'
#' @param value Column of values.
#' @param error Column of standard errors, at least 0, in the same units.
#' @param freedom Column of degrees of freedom, at least 1.
#' @param level The level of the limits, between 0 and 1.
#' @return A tibble: `lower, upper, reason`, in the units of the value, a row to each row.
#' @section Errors: As [method_poisson()].
#' @source `rates::by_error`; Student, Biometrika 1908.
#' @examples
#' method_by_error(78, 0.5)
#' method_by_error(78, -0.5)$reason
#' @export
method_by_error <- function(value, error, freedom = NULL, level = 0.95) {
  method("by_error", value = value, error = error, freedom = freedom, level = level)
}

#' Wilson's limits of proportions
#'
#' Wilson's limits of proportions, as shares of 1.
#'
#' Formula: that of [method_proportion()].
#'
#' Takes: `numerator`, at most `denominator`, which is above 0.
#'
#' @param numerator Column of counts, at least 0; a proportion's is at most its denominator.
#' @param denominator Column of the same length: the people or cases among whom they are counted.
#' @param level The level of the limits, between 0 and 1.
#' @return A tibble: `lower, upper, reason`.
#' @section Errors: As [method_poisson()]. `kilter_error_data` for a column of another type. Rows are counted
#'   from 1.
#' @source `interval::wilson`.
#' @examples
#' method_wilson(120, 120)
#' @export
method_wilson <- function(numerator, denominator, level = 0.95) {
  method("wilson", numerator = numerator, denominator = denominator, level = level)
}

#' Rounding halves up
#'
#' Numbers rounded as people round: halves go away from zero, by the shortest decimals that a number prints as.
#'
#' Takes: `values`, `decimals`, at least 0.
#'
#' @param values Column of numbers; of a chart in order of time.
#' @param decimals How many decimals, at least 0.
#' @return A tibble: `value`. For print; never before comparing or adding.
#' @section Errors: `kilter_error_method` for settings or figures that are none. `kilter_error_data` for a
#'   column of another type. Rows are counted from 1.
#' @source `half_up`.
#' @examples
#' method_half_up(c(2.675, 2.6749999999, -0.5), 2)$value
#' round(c(2.675, 2.6749999999, -0.5), 2)
#' @export
method_half_up <- function(values, decimals = 0) {
  method("half_up", values = values, decimals = decimals)
}

#' One rate of several rows
#'
#' One rate or proportion of several rows, or one for each group: the ratio of sums, never a mean of rates.
#'
#' Formula: `per * Σx / Σn`, with the limits of [method_crude_rate()] or [method_proportion()] for the sums.
#'
#' Takes: columns of one length; `by`, the group of each row. A denominator of zero is allowed in a part.
#'
#' @param numerator Column of counts, at least 0; a proportion's is at most its denominator.
#' @param denominator Column of the same length: the people or cases among whom they are counted.
#' @param statistic `"rate"`, with exact Poisson limits, or `"proportion"`, with Wilson's.
#' @param by Column with the group of each row; all rows are one group where left out.
#' @param per What a value is given per, such as 1000 people, or 100 for percent.
#' @param level The level of the limits, between 0 and 1.
#' @return A tibble: a row to each group, in order: `by` (where given), `numerator, denominator, value, lower,
#'   upper, method, reason`. A figure that is missing costs its own group the answer.
#' @section Errors: `kilter_error_method` without `by`, where there is no answer at all. `kilter_error_data` for
#'   a column of another type. Rows are counted from 1.
#' @source `rates::pooled`, `rates::pooled_by_group`; `phe_rate` and `phe_proportion` on grouped rows.
#' @examples
#' method_pooled(c(2, 18), c(20, 380), statistic = "proportion", per = 100)
#' method_pooled(
#'   c(2, 18, NA), c(20, 380, 5), by = c("a", "a", "b"), statistic = "proportion", per = 100
#' )
#'
#' if (requireNamespace("dplyr", quietly = TRUE)) {
#'   falls <- data.frame(board = c("a", "a", "b"), falls = c(30, 52, 8), people = c(2e4, 3e4, 9e3))
#'   dplyr::summarise(dplyr::group_by(falls, board), method_pooled(falls, people, per = 1000))
#' }
#' @export
method_pooled <- function(numerator, denominator, statistic = c("rate", "proportion"), by = NULL, per = 1e5,
                          level = 0.95) {
  method("pooled", numerator = numerator, denominator = denominator, statistic = match.arg(statistic), by = by,
         per = per, level = level)
}

#' The mean with its limits
#'
#' The mean of a sample with Student's limits.
#'
#' Formula: `m ± t s / √n` with the standard deviation `s` over `n - 1` and `t` of `n - 1` degrees of freedom.
#'
#' Takes: `values`, none missing.
#'
#' @param values Column of numbers; of a chart in order of time.
#' @param level The level of the limits, between 0 and 1.
#' @return A tibble: one row: `value, lower, upper, sum, count, deviation, method`; a single value has no
#'   limits.
#' @section Errors: `kilter_error_method`, with the row, where a value is missing or infinite, or there is none.
#'   `kilter_error_data` for a column of another type. Rows are counted from 1.
#' @source `rates::mean`; `phe_mean`.
#' @examples
#' method_mean(c(2, 4, 4, 6))
#' @export
method_mean <- function(values, level = 0.95) {
  method("mean", values = values, level = level)
}

#' Rates over windows of years
#'
#' Rates over windows of years, each named by its last year.
#'
#' Formula: `per * Σx / Σn` over the years of the window; limits are those of all its events ("sum"), or of the
#' mean number of a year ("mean"), which stand about `√window` times as far apart.
#'
#' Takes: a row to each year, in any order. A year without a row has no window, whatever `missing` says of
#' figures.
#'
#' @param year Column of calendar years.
#' @param numerator Column of counts, at least 0; a proportion's is at most its denominator.
#' @param denominator Column of the same length: the people or cases among whom they are counted.
#' @param window How many years a window has.
#' @param statistic `"rate"`, with exact Poisson limits, or `"proportion"`, with Wilson's.
#' @param per What a value is given per, such as 1000 people, or 100 for percent.
#' @param limits_of `"sum"`: the limits are those of all events of a window; `"mean"`: of the mean number of a
#'   year.
#' @param level The level of the limits, between 0 and 1.
#' @param missing What is done with a figure that is missing; see the details.
#' @return A tibble: `last, first, numerator, denominator, value, lower, upper, method, reason`.
#' @section Errors: `kilter_error_method` for settings that are none. `kilter_error_data` for a column of
#'   another type. Rows are counted from 1.
#' @source `rolling::rolling_rates`.
#' @examples
#' method_rolling_rates(c(2019, 2020, 2021, 2023), c(12, 6, 12, 9), c(1e3, 1e3, 2e3, 2e3), per = 1000)
#' @export
method_rolling_rates <- function(year, numerator, denominator, window = 3, statistic = c("rate", "proportion"),
                                 per = 1e5, limits_of = c("sum", "mean"), level = 0.95,
                                 missing = c("refuse", "zero")) {
  method("rolling_rates", year = year, numerator = numerator, denominator = denominator, window = window,
         statistic = match.arg(statistic), per = per, limits_of = match.arg(limits_of), level = level,
         missing = match.arg(missing))
}

#' Rolling rates as ScotPHO has them
#'
#' Rolling rates as ScotPHO's profiles have them: means of the years, and 1.96 for the deviate.
#'
#' Takes: a row to each year; `sampled_from`, for "sample percent", from how many the people asked were drawn;
#' "suppressed" passes a missing figure over.
#'
#' @param year Column of calendar years.
#' @param numerator Column of counts, at least 0; a proportion's is at most its denominator.
#' @param denominator Column of the same length: the people or cases among whom they are counted.
#' @param measure `"crude"`, `"percent"` or `"sample percent"`.
#' @param per What a value is given per, such as 1000 people, or 100 for percent.
#' @param window How many years a window has.
#' @param missing What is done with a figure that is missing; see the details.
#' @param sampled_from For `"sample percent"`: from how many the people asked were drawn.
#' @return A tibble: `last, first, plot_year, numerator, denominator, value, lower, upper, reason`.
#' @section Errors: `kilter_error_method`. `kilter_error_data` for a column of another type. Rows are counted
#'   from 1.
#' @source `rolling::scottish_rolling`; ScotPHO's rolling scripts.
#' @examples
#' method_scottish_rolling(2019:2021, c(10, 20, 30), c(1000, 1000, 1000), per = 1000)
#' @export
method_scottish_rolling <- function(year, numerator, denominator, measure = c("crude", "percent", "sample percent"),
                                    per = 1e5, window = 3, missing = c("zero", "suppressed"), sampled_from = NULL) {
  method("scottish_rolling", year = year, numerator = numerator, denominator = denominator,
         measure = match.arg(measure), per = per, window = window, missing = match.arg(missing),
         sampled_from = sampled_from)
}

#' Quantile groups
#'
#' The quantile group of each value, counted from 1.
#'
#' Formula: the group of rank `r` of `n` is `⌊(r - 1) groups / n⌋ + 1` in whole numbers; equal values share a
#' rank.
#'
#' Takes: `values`, at least as many as groups.
#'
#' @param values Column of numbers; of a chart in order of time.
#' @param groups How many groups.
#' @param first Which group is the first: that of the `"lowest"` or of the `"highest"` values.
#' @return A tibble: `group, reason`, a row to each row.
#' @section Errors: `kilter_error_method` for fewer values than groups. `kilter_error_data` for a column of
#'   another type. Rows are counted from 1.
#' @source `quantile::quantiles`; `phe_quantile`.
#' @examples
#' method_quantiles(c(3, 1, 2, NA), 3)
#' @export
method_quantiles <- function(values, groups = 10, first = c("lowest", "highest")) {
  method("quantiles", values = values, groups = groups, first = match.arg(first))
}

#' Trend of five yearly rates
#'
#' Whether five yearly rates rise or fall beyond chance.
#'
#' Formula: the chi-squared of a straight line weighed by the 95% limits; significant above 9.5495 if the slope
#' keeps its sign with each year left out.
#'
#' Takes: exactly five rows in order of time, with 95% limits.
#'
#' @param value Column of values.
#' @param lower Column of lower 95% limits.
#' @param upper Column of upper 95% limits.
#' @return A tibble: one row: `statistic, direction, sign_holds`.
#' @section Errors: `kilter_error_method`. `kilter_error_data` for a column of another type. Rows are counted
#'   from 1.
#' @source `trend_test::five_rates`; the trend markers of Fingertips.
#' @examples
#' years <- c(10, 12, 14, 16, 18)
#' method_five_rates(years, years - 1, years + 1)
#' @export
method_five_rates <- function(value, lower, upper) {
  method("five_rates", value = value, lower = lower, upper = upper)
}

#' Trend of five yearly proportions
#'
#' Whether five yearly proportions rise or fall beyond chance, by the test of Cochran and Armitage.
#'
#' Takes: exactly five rows in order of time; more than none and fewer than all have it.
#'
#' @param numerator Column of counts, at least 0; a proportion's is at most its denominator.
#' @param denominator Column of the same length: the people or cases among whom they are counted.
#' @return A tibble: one row, as [method_five_rates()].
#' @section Errors: `kilter_error_method`. `kilter_error_data` for a column of another type. Rows are counted
#'   from 1.
#' @source `trend_test::five_proportions`; the trend markers of Fingertips.
#' @examples
#' method_five_proportions(c(994, 1023, 1199, 1332, 1367), c(40299, 41527, 42811, 44064, 44701))
#' @export
method_five_proportions <- function(numerator, denominator) {
  method("five_proportions", numerator = numerator, denominator = denominator)
}

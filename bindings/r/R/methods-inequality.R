# Inequality by deprivation, and funnels.

#' Inequality over deprivation groups, as ScotPHO has it
#'
#' Slope and relative index of inequality over deprivation groups, as ScotPHO has them.
#'
#' Formula: each group with the share `a` of the people stands at the rank of all before it and half of its own;
#' through the rates runs the line of least squares weighed by `a`. The slope index is the difference of its
#' ends, the relative index that over `rate_of_all`; attributable is `A / (1 + A)` with `A = Σ a (r / r_least -
#' 1)`. Limits come from the scatter about the line, by Student's t.
#'
#' Takes: `group`, 1 for the most deprived to 5 or 10, each once; `rate`, not negative; `population`.
#'
#' @param group Column of groups, each once; 1 is the most deprived.
#' @param rate Column of rates by group or area, not negative.
#' @param population Column of people, or person-years.
#' @param rate_of_all The rate of all groups together.
#' @param deprivation `"quintiles"` or `"deciles"`.
#' @param missing What is done with a figure that is missing; see the details.
#' @param level The level of the limits, between 0 and 1.
#' @return A tibble: a row to each index: `index, value, lower, upper, method`.
#' @section Errors: `kilter_error_method`. `kilter_error_data` for a column of another type. Rows are counted
#'   from 1.
#' @source `inequality::simd`; ScotPHO's deprivation script.
#' @examples
#' method_simd(1:5, c(60, 50, 40, 30, 20), rep(1000, 5), rate_of_all = 40)
#' @export
method_simd <- function(group, rate, population, rate_of_all, deprivation = c("quintiles", "deciles"),
                        missing = c("refuse", "leave out"), level = 0.95) {
  method("simd", group = group, rate = rate, population = population, rate_of_all = rate_of_all,
         deprivation = match.arg(deprivation), missing = match.arg(missing), level = level)
}

#' Slope and relative index of inequality
#'
#' Slope and relative index of inequality with limits from how sure each value is.
#'
#' Formula: the line of [method_simd()]; the slope index is the difference of its ends times `per`, the relative
#' index their ratio.
#'
#' Takes: `standard_error` of each value, or its 95% `limits`; `values`, what they are; `fit`, whether the line
#' runs through the values or their logarithms (odds of proportions); `towards`, which end is taken from which.
#'
#' @param group Column of groups, each once; 1 is the most deprived.
#' @param value Column of values.
#' @param population Column of people, or person-years.
#' @param standard_error Column of standard errors of the values; or give `limits`.
#' @param limits The 95% limits of the values: a data frame or list of two columns.
#' @param values What the values are: `"plain"`, `"rates"` or `"proportions"`.
#' @param fit Whether the line runs through the `"values"` or their `"logarithms"` (odds of proportions).
#' @param towards Which end of the line is taken from which: towards the `"last"` group or the `"first"`.
#' @param per By what the slope is multiplied.
#' @param level The level of the limits, between 0 and 1.
#' @return A tibble: rows `slope`, `relative` (`NA` where the line does not begin and end above zero) and
#'   `start`: `index, value, lower, upper, method`.
#' @section Errors: `kilter_error_method`. `kilter_error_data` for a column of another type. Rows are counted
#'   from 1.
#' @source `inequality::slope_index`; `phe_sii`, whose limits are simulated.
#' @examples
#' method_slope_index(1:5, c(60, 50, 40, 30, 20), rep(1000, 5), standard_error = rep(1, 5))
#' @export
method_slope_index <- function(group, value, population, standard_error = NULL, limits = NULL,
                               values = c("plain", "rates", "proportions"), fit = c("values", "logarithms"),
                               towards = c("last", "first"), per = 1, level = 0.95) {
  if (is.null(limits)) limits <- list(NULL, NULL)
  method("slope_index", group = group, value = value, population = population, standard_error = standard_error,
         lower = limits[[1]], upper = limits[[2]], values = match.arg(values), fit = match.arg(fit),
         towards = match.arg(towards), per = per, level = level)
}

#' Funnel of proportions
#'
#' Which areas' proportions differ from that of all by more than their size explains.
#'
#' Formula: a proportion of `n` about the average `A` may lie within `A ± z √(A (1 - A) / n)`, at 95% and 99.8%.
#'
#' Takes: a row to each area.
#'
#' @param numerator Column of counts by area.
#' @param denominator Column of the same length: the people or cases among whom they are counted.
#' @param per What a value is given per, such as 1000 people, or 100 for percent.
#' @param curve Whether the limits to draw are given in place of the areas.
#' @return A tibble: a row to each area: `significance` ("high (99.8%)", "low (95%)", "not significant" ...),
#'   `average, method, reason`; with `curve` the limits to draw: `count, lower_95, upper_95, lower_998,
#'   upper_998` and where each stands (`..._at`).
#' @section Errors: `kilter_error_method`. `kilter_error_data` for a column of another type. Rows are counted
#'   from 1.
#' @source `funnel::Funnel::proportions`; `assign_funnel_significance`, `calculate_funnel_limits`.
#' @examples
#' method_funnel_proportions(c(40, 360, 3), c(200, 800, 0))
#' head(method_funnel_proportions(c(40, 360), c(200, 800), curve = TRUE), 3)
#' @export
method_funnel_proportions <- function(numerator, denominator, per = 100, curve = FALSE) {
  method("funnel_proportions", numerator = numerator, denominator = denominator, per = per, curve = curve)
}

#' Funnel of ratios
#'
#' Which areas' ratios of observed to expected events differ from 1 by more than chance.
#'
#' Formula: a ratio differs where the exact Poisson limits of the events leave out what was expected.
#'
#' Takes: events, and how many are expected, by area; `form`, whether the curve is of 100 or the excess over 1.
#'
#' @param observed Column of observed events by area.
#' @param expected Column of expected events.
#' @param form `"of 100"`, or `"excess"` over what is expected.
#' @param curve Whether the limits to draw are given in place of the areas.
#' @return A tibble: as `funnel_proportions`.
#' @section Errors: `kilter_error_method` for settings or figures that are none. `kilter_error_data` for a
#'   column of another type. Rows are counted from 1.
#' @source `funnel::Funnel::ratios`.
#' @examples
#' method_funnel_ratios(c(120, 80), c(100, 100))
#' @export
method_funnel_ratios <- function(observed, expected, form = c("of 100", "excess"), curve = FALSE) {
  method("funnel_ratios", observed = observed, expected = expected, form = match.arg(form), curve = curve)
}

#' Funnel of rates
#'
#' Which areas' rates differ from the average by more than chance.
#'
#' Formula: a rate differs where its own limits leave out the average; standardised ones of fewer than ten
#' events are not placed.
#'
#' Takes: events in all years and the rate of each area, from which its people follow; `population`, read for a
#' crude rate of no events, which does not tell; `years`, over how many.
#'
#' @param events Column of events by area.
#' @param rate Column of rates by group or area, not negative.
#' @param population Column of people, or person-years.
#' @param kind `"crude"` or `"standardised"` rates.
#' @param per What a value is given per, such as 1000 people, or 100 for percent.
#' @param years Over how many years the events were counted.
#' @param curve Whether the limits to draw are given in place of the areas.
#' @return A tibble: as `funnel_proportions`, with `rate` and `population`, where each area is drawn.
#' @section Errors: As there. `kilter_error_data` for a column of another type. Rows are counted from 1.
#' @source `funnel::Funnel::rates`; `calculate_funnel_points`.
#' @examples
#' method_funnel_rates(c(30, 52, 110), c(1.5, 1.7, 2.7), per = 1000)
#' @export
method_funnel_rates <- function(events, rate, population = NULL, kind = c("crude", "standardised"), per = 1e5,
                                years = 1, curve = FALSE) {
  method("funnel_rates", events = events, rate = rate, population = population, kind = match.arg(kind), per = per,
         years = years, curve = curve)
}

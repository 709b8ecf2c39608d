# Questions to an engine whose answers are tables.

#' Arguments that questions share
#'
#' @param engine An engine, as [kilter_open()] gives it.
#' @param indicator Ids of indicators, such as `"NI-19"`; all where left out.
#' @param area Codes or names of areas; all where left out.
#' @param ... Not used: what follows is given by name.
#' @param period A period as the field writes it (`"2023/24"`, `"2023-06"`, `"2023/24 Q1"`,
#'   `"12 months to 2023-06"`) or a Date; the latest where left out.
#' @param as_at As known when: a Date, text such as `"2023-10-31"`, or the number of a release; the latest where left
#'   out. Values and rules are those of that day.
#' @param level Who looks: the id of a level of the framework, whose tolerances and rules hold.
#' @param on The reporting date, by which figures are due or not: a Date or text.
#' @name questions
#' @keywords internal
NULL

table_of <- function(engine, verb, class, ..., call = sys.call(-1)) {
  as_result(ask(engine, verb, ..., call = call), c(class, "kilter_table"))
}

#' Values of indicators
#'
#' Values with the parts they were computed from, a row to each indicator, area and period. A value is computed from
#' summed parts, and is `NA` where `absent` says why.
#'
#' @inheritParams questions
#' @param from,to The first and the last period, in place of `period`; all where left out.
#' @param every The kind of period: `"month"`, `"quarter"`, `"financial-year"` and others; that of the indicator where
#'   left out.
#' @param rolling A window in months.
#' @param confidence Levels of the limits in percent, such as `95`, or several.
#' @return A tibble of class `kilter_values`: `indicator, area, period, period_start, period_end, value, numerator,
#'   denominator, lower, upper, marks, absent, release` and others. Values are unrounded, in the unit of the indicator;
#'   dates are of class `Date`.
#' @section Errors: `kilter_error_not_found` for an indicator, area or release that is not there, with those that are spelt
#'   like it; `kilter_error_period` for a text that is no period, or may be two.
#' @examples
#' made <- kilter_demo()
#' engine <- kilter_open(made$path)
#' kilter_values(engine, "NI-19", made$area, from = "2020/21")[, c("period", "value", "absent")]
#' kilter_series(engine, "NI-19", made$area, every = "month", rolling = 12)
#' close(engine)
#' @export
kilter_values <- function(engine, indicator = NULL, area = NULL, ..., period = NULL, from = NULL, to = NULL,
                          every = NULL, rolling = NULL, confidence = NULL, as_at = NULL) {
  nothing_else(...)
  if (!is.null(period) && !(is.null(from) && is.null(to))) {
    refuse("question", "give either period, or from and to")
  }
  if (!is.null(period)) {
    from <- period
    to <- period
  }
  table_of(engine, "values", "kilter_values", indicator = indicator, area = area, from = from, to = to, every = every,
           rolling = rolling, confidence = confidence, as_at = as_at)
}

#' @rdname kilter_values
#' @export
kilter_series <- function(engine, indicator, area, ..., from = NULL, to = NULL, every = NULL, rolling = NULL,
                          confidence = NULL, as_at = NULL) {
  nothing_else(...)
  if (length(indicator) != 1L || length(area) != 1L) {
    refuse("question", "a series is of one indicator and one area; kilter_values() takes several")
  }
  table_of(engine, "values", "kilter_values", indicator = indicator, area = area, from = from, to = to, every = every,
           rolling = rolling, confidence = confidence, as_at = as_at)
}

judged <- function(engine, verb, class, indicator, area, period, as_at, level = NULL, on = NULL, call = sys.call(-1)) {
  table_of(engine, verb, class, indicator = indicator, area = area, period = period, as_at = as_at, level = level,
           on = on, call = call)
}

#' Values judged against their targets
#'
#' @inheritParams questions
#' @return A tibble of class `kilter_evaluation`: the columns of [kilter_values()], then `target, tolerance, variance,
#'   variance_percent, status, reason, short_trend, long_trend, explanation` and others. `status` is `"green"`, `"amber"`,
#'   `"red"` or `"not assessed"`, and then `reason` says why.
#' @section Errors: As for [kilter_values()]; `kilter_error_not_found` for a level.
#' @examples
#' made <- kilter_demo()
#' engine <- kilter_open(made$path)
#' judged <- kilter_evaluate(engine, area = made$area, period = "2023/24")
#' table(judged$status)
#' close(engine)
#' @export
kilter_evaluate <- function(engine, indicator = NULL, area = NULL, ..., period = NULL, as_at = NULL, level = NULL,
                            on = NULL) {
  nothing_else(...)
  judged(engine, "evaluate", "kilter_evaluation", indicator, area, period, as_at, level, on)
}

#' Target, trends, control chart and comparison side by side
#'
#' Says of each value what target, trends, control chart and comparison say, and where they contradict one another.
#'
#' @inheritParams questions
#' @return A tibble with a row to each value: `target_verdict` and the other verdicts, and `contradictions` in words.
#' @section Errors: As for [kilter_evaluate()].
#' @examples
#' made <- kilter_demo()
#' engine <- kilter_open(made$path)
#' kilter_verdicts(engine, "NI-19", made$area)
#' close(engine)
#' @export
kilter_verdicts <- function(engine, indicator = NULL, area = NULL, ..., period = NULL, as_at = NULL, level = NULL,
                            on = NULL) {
  nothing_else(...)
  judged(engine, "verdicts", NULL, indicator, area, period, as_at, level, on)
}

#' Control charts, run charts and sustained shifts
#'
#' The charts of the engine, by the settings of the framework. For charts of your own columns see [method_xmr()] and
#' [method_run_chart()].
#'
#' @inheritParams questions
#' @return `kilter_chart()` a tibble of class `kilter_chart`, a row to each period: the value, its mean, limits, signals
#'   and cause, and beside the last value `assurance`; `kilter_run_chart()` one of class `kilter_run_chart`: centre, side,
#'   longest run and crossings; `kilter_sustained_shifts()` a row to each median. Where there is no chart, the first has
#'   `no_chart` with the reason.
#' @section Errors: As for [kilter_evaluate()].
#' @source NHS England, Making Data Count; Anh\enc{ø}{oe}j and Olesen, PLoS ONE 2014.
#' @examples
#' made <- kilter_demo()
#' engine <- kilter_open(made$path)
#' chart <- kilter_chart(engine, "MSG-1a", made$area)
#' tail(chart[, c("period", "value", "mean", "lower_limit", "upper_limit", "cause")], 3)
#' kilter_sustained_shifts(engine, "MSG-1a", made$area)
#' close(engine)
#' @export
kilter_chart <- function(engine, indicator = NULL, area = NULL, ..., period = NULL, as_at = NULL, level = NULL,
                         on = NULL) {
  nothing_else(...)
  judged(engine, "chart", "kilter_chart", indicator, area, period, as_at, level, on)
}

#' @rdname kilter_chart
#' @export
kilter_run_chart <- function(engine, indicator = NULL, area = NULL, ..., period = NULL, as_at = NULL) {
  nothing_else(...)
  judged(engine, "run_chart", "kilter_run_chart", indicator, area, period, as_at)
}

#' @rdname kilter_chart
#' @export
kilter_sustained_shifts <- function(engine, indicator = NULL, area = NULL, ..., period = NULL, as_at = NULL) {
  nothing_else(...)
  judged(engine, "sustained_shifts", NULL, indicator, area, period, as_at)
}

#' Values beside others
#'
#' @inheritParams questions
#' @param with Beside what: `"scotland"`, `"parent"`, `"previous period"`, `"same period last year"`, an area,
#'   `"peers GROUP"` or `"median GROUP"`; what the framework says where left out.
#' @param among The group in which each is ranked.
#' @param only_worse_and_worsening Whether only what is significantly worse and getting worse is given.
#' @return A tibble: the value, the comparator and its value, difference, significance and rank.
#' @section Errors: As for [kilter_values()].
#' @examples
#' made <- kilter_demo()
#' engine <- kilter_open(made$path)
#' kilter_compare(engine, "NI-19", made$area, with = "scotland")
#' close(engine)
#' @export
kilter_compare <- function(engine, indicator = NULL, area = NULL, ..., period = NULL, with = NULL, among = NULL,
                           only_worse_and_worsening = FALSE, as_at = NULL) {
  nothing_else(...)
  table_of(engine, "compare", NULL, indicator = indicator, area = area, period = period, with = with, among = among,
           only_worse_and_worsening = only_worse_and_worsening, as_at = as_at)
}

#' The reporting year and the years before it
#'
#' @inheritParams questions
#' @param year The reporting year, such as `"2023/24"`; the latest where left out.
#' @param statutory Whether no year before 2016/17 is given, as statutory tables have it.
#' @return A tibble of class `kilter_five_years`, a row to each year that there is, at most five before the reporting
#'   year: the value, the comparator's, and whether the year may be compared.
#' @section Errors: As for [kilter_values()].
#' @examples
#' made <- kilter_demo()
#' engine <- kilter_open(made$path)
#' kilter_five_years(engine, "NI-19", made$area)[, c("period", "value", "comparator_value")]
#' close(engine)
#' @export
kilter_five_years <- function(engine, indicator = NULL, area = NULL, ..., year = NULL, statutory = FALSE,
                              as_at = NULL) {
  nothing_else(...)
  table_of(engine, "five_years", "kilter_five_years", indicator = indicator, area = area, year = year,
           statutory = statutory, as_at = as_at)
}

#' Which areas differ from all of them
#'
#' Which areas of a kind or group differ from all of them together by more than their size explains.
#'
#' @inheritParams questions
#' @param among The group of areas; those of `kind` where left out.
#' @param kind The kind of area, such as `"council"`.
#' @return `kilter_funnel()` a tibble of class `kilter_funnel`, a row to each area: `value, denominator, average,
#'   significance` and others; `kilter_funnel_curve()` the limits at every size, for those who draw them.
#' @section Errors: As for [kilter_values()].
#' @examples
#' engine <- kilter_open(kilter_demo()$path)
#' kilter_funnel(engine, "NI-19")[, c("area", "value", "significance")]
#' close(engine)
#' @export
kilter_funnel <- function(engine, indicator = NULL, area = NULL, ..., period = NULL, among = NULL, kind = "council",
                          as_at = NULL) {
  nothing_else(...)
  table_of(engine, "funnel", "kilter_funnel", indicator = indicator, area = area, period = period, among = among,
           kind = kind, as_at = as_at)
}

#' @rdname kilter_funnel
#' @export
kilter_funnel_curve <- function(engine, indicator = NULL, area = NULL, ..., period = NULL, among = NULL,
                                kind = "council", as_at = NULL) {
  nothing_else(...)
  table_of(engine, "funnel_curve", NULL, indicator = indicator, area = area, period = period, among = among, kind = kind,
           as_at = as_at)
}

#' What is needed to meet a target
#'
#' What is needed in the rest of a period to meet the target at its end.
#'
#' @inheritParams questions
#' @return A tibble with a row to each value: what there is so far, what is left of the period, what would meet the
#'   target, and `projected_status`.
#' @section Errors: As for [kilter_evaluate()].
#' @examples
#' made <- kilter_demo()
#' engine <- kilter_open(made$path)
#' kilter_needed(engine, "NI-19", made$area)
#' close(engine)
#' @export
kilter_needed <- function(engine, indicator = NULL, area = NULL, ..., period = NULL, as_at = NULL, level = NULL,
                          on = NULL) {
  nothing_else(...)
  judged(engine, "needed", NULL, indicator, area, period, as_at, level, on)
}

#' What the framework says
#'
#' `kilter_indicators()` lists the indicators and of which anything was observed; `kilter_targets()` the targets, with what
#' each says of the latest value; `kilter_levels()` who looks, how often, with which tolerance, at what;
#' `kilter_strategy_map()` outcomes, the priorities they belong to and the indicators linked to them;
#' `kilter_coverage()` what the strategy map asks for and nothing answers.
#'
#' @inheritParams questions
#' @param area The area; that of the framework where left out.
#' @param period For which period; the latest where left out.
#' @param funct `"integration"` or `"non-integration"`: the targets of delegated functions or of others.
#' @return A tibble; that of `kilter_strategy_map()` is of class `kilter_strategy_map`.
#' @section Errors: `kilter_error_not_found` for an area, level or release that is not there.
#' @examples
#' engine <- kilter_open(kilter_demo()$path)
#' kilter_indicators(engine)
#' kilter_targets(engine)[, c("indicator", "from", "target", "status")]
#' kilter_levels(engine)
#' kilter_strategy_map(engine)
#' kilter_coverage(engine)
#' close(engine)
#' @export
kilter_indicators <- function(engine, as_at = NULL) table_of(engine, "indicators", NULL, as_at = as_at)

#' @rdname kilter_indicators
#' @export
kilter_targets <- function(engine, area = NULL, funct = NULL, ..., as_at = NULL, level = NULL, on = NULL) {
  nothing_else(...)
  table_of(engine, "targets", NULL, area = area, `function` = funct, as_at = as_at, level = level, on = on)
}

#' @rdname kilter_indicators
#' @export
kilter_levels <- function(engine, as_at = NULL) table_of(engine, "levels", NULL, as_at = as_at)

#' @rdname kilter_indicators
#' @export
kilter_strategy_map <- function(engine, as_at = NULL) {
  table_of(engine, "strategy_map", "kilter_strategy_map", as_at = as_at)
}

#' @rdname kilter_indicators
#' @export
kilter_coverage <- function(engine, area = NULL, period = NULL, ..., as_at = NULL, level = NULL, on = NULL) {
  nothing_else(...)
  table_of(engine, "coverage", NULL, area = area, period = period, as_at = as_at, level = level, on = on)
}

#' Exceptions and escalations
#'
#' `kilter_exceptions()` gives what a level is shown as exceptions, by its own rules; `kilter_escalations()` plays the
#' escalations of an area back over its history, by the rules of each day.
#'
#' @inheritParams questions
#' @param area The area; that of the framework where left out.
#' @param escalation The id of an escalation; all where left out.
#' @param figures_of_the_day Whether each step goes by what was known on its day, and not by what is known now.
#' @param every_step Whether steps at which nothing happened are given too.
#' @return A tibble: of exceptions a row to each line of the scorecard with the `rules` that made it one; of escalations
#'   a row to each step or action.
#' @section Errors: `kilter_error_not_found` for a level or an escalation that is not there.
#' @examples
#' engine <- kilter_open(kilter_demo()$path)
#' kilter_exceptions(engine, level = "board")[, c("indicator", "status", "rules")]
#' kilter_escalations(engine)
#' close(engine)
#' @export
kilter_exceptions <- function(engine, area = NULL, period = NULL, ..., level, as_at = NULL, on = NULL) {
  nothing_else(...)
  if (missing(level)) refuse("question", "level: exceptions are those of a level; kilter_levels() lists them")
  table_of(engine, "exceptions", NULL, area = area, period = period, level = level, as_at = as_at, on = on)
}

#' @rdname kilter_exceptions
#' @export
kilter_escalations <- function(engine, area = NULL, escalation = NULL, ..., as_at = NULL, figures_of_the_day = FALSE,
                               every_step = FALSE) {
  nothing_else(...)
  table_of(engine, "escalations", NULL, area = area, escalation = escalation, as_at = as_at,
           figures_of_the_day = figures_of_the_day, every_step = every_step)
}

# Control charts, run charts, sustained shifts. A gap is a value that is missing; nothing bridges it.

#' Control chart of single values (XmR)
#'
#' The control chart of single values (XmR).
#'
#' Formula: the mean, limits 2.66 mean moving ranges from it, near limits at two thirds. Signals: outside a
#' limit; seven rising or falling; two of three near a limit; seven on one side.
#'
#' Takes: `values` in order of time; `improvement`, which way is better; `starts`, the places (from 1) at which
#' limits begin anew; `fix_after`, on how many first places of each part they rest (at least 12); `target`, for
#' the assurance.
#'
#' @param values Column of numbers; of a chart in order of time.
#' @param improvement Which way is better: `"increase"`, `"decrease"` or `"neutral"`.
#' @param rules The rules of signals; see the details.
#' @param screening Whether limits are made once without the ranges that lie outside: `"off"`, `"once"`, `"once
#'   unless flat"`.
#' @param starts The places, from 1, at which limits begin anew.
#' @param fix_after On how many first places of each part the limits rest.
#' @param excluded Places, from 1, that are shown and count towards nothing.
#' @param target A target, for the assurance.
#' @return A tibble: a row to each place: `value, segment, mean, lower_limit, near_lower, near_upper,
#'   upper_limit, on_trial, signals, cause`, and `assurance` beside the last. Places count from 1.
#' @section Errors: `kilter_error_method` for an infinite value or settings that are none. `kilter_error_data`
#'   for a column of another type. Rows are counted from 1.
#' @source `control_chart::xmr`; NHS England, Making Data Count; NHSRplotthedots (`screening="once"`,
#'   `rules="nhsrplotthedots"`).
#' @examples
#' chart <- method_xmr(rep(c(10, 12), 7), improvement = "increase", target = 17)
#' chart[1, c("mean", "lower_limit", "upper_limit")]
#' tail(chart$assurance, 1)
#' @export
method_xmr <- function(values, improvement = c("neutral", "increase", "decrease"),
                       rules = c("making data count", "nhsrplotthedots"),
                       screening = c("off", "once", "once unless flat"), starts = NULL, fix_after = NULL,
                       excluded = NULL, target = NULL) {
  method("xmr", values = values, improvement = match.arg(improvement), rules = match.arg(rules),
         screening = match.arg(screening), starts = starts, fix_after = fix_after, excluded = excluded,
         target = target)
}

#' Run chart
#'
#' The run chart: whether a series wanders about its median as chance would.
#'
#' Formula: with `n` values off the median, a longest run above `round(log₂ n) + 3`, or fewer crossings than the
#' 5% quantile of `n - 1` tosses of a coin, is more than chance.
#'
#' Takes: `values` in order of time; `centre`, in place of the median; `starts` and `fix_after` as in
#' [method_xmr()]; `excluded`, places that are shown and count towards nothing.
#'
#' @param values Column of numbers; of a chart in order of time.
#' @param rules The rules of signals; see the details.
#' @param centre The centre; the median where left out.
#' @param starts The places, from 1, at which limits begin anew.
#' @param fix_after On how many first places of each part the limits rest.
#' @param excluded Places, from 1, that are shown and count towards nothing.
#' @return A tibble: a row to each place: `value, part, centre, side, included, in_base`, and of its part
#'   `useful, longest_run, longest_allowed, crossings, crossings_needed, rules, shift`. Places count from 1.
#' @section Errors: `kilter_error_method`. `kilter_error_data` for a column of another type. Rows are counted
#'   from 1.
#' @source `run_chart::run_chart`; Anhøj and Olesen, PLoS ONE 2014; qicharts2.
#' @examples
#' chart <- method_run_chart(c(rep(c(4, 6), 6), rep(7, 12)))
#' chart[1, c("centre", "longest_run", "longest_allowed", "shift")]
#' @export
method_run_chart <- function(values, rules = c("anhoej", "best box", "cut box", "perla"), centre = NULL,
                             starts = NULL, fix_after = NULL, excluded = NULL) {
  method("run_chart_of", values = values, rules = match.arg(rules), centre = centre, starts = starts,
         fix_after = fix_after, excluded = excluded)
}

#' Shewhart's charts of single values
#'
#' Shewhart's charts of single values: I and MR, C of counts, G and T of rare events.
#'
#' Formula: about the centre `c`: C `3√c`; I `3 r / 1.128` with the mean range `r`; MR its ranges; G and T by
#' their geometric and exponential distributions.
#'
#' Takes: as [method_run_chart()].
#'
#' @param values Column of numbers; of a chart in order of time.
#' @param chart The chart; see the details.
#' @param screening Whether limits are made once without the ranges that lie outside: `"off"`, `"once"`, `"once
#'   unless flat"`.
#' @param rules The rules of signals; see the details.
#' @param starts The places, from 1, at which limits begin anew.
#' @param fix_after On how many first places of each part the limits rest.
#' @param excluded Places, from 1, that are shown and count towards nothing.
#' @return A tibble: a row to each place: `value, part, centre, lower_limit, near_lower, near_upper,
#'   upper_limit, outside, included, in_base, chart`, the runs of its part, and `runs_signal`. Places count from
#'   1.
#' @section Errors: `kilter_error_method`. `kilter_error_data` for a column of another type. Rows are counted
#'   from 1.
#' @source `control_chart::of_values`; qicharts2.
#' @examples
#' falls <- method_shewhart_values(c(4, 3, 5, 4, 2, 6), chart = "C")
#' falls[1, c("centre", "lower_limit", "upper_limit")]
#' @export
method_shewhart_values <- function(values, chart = c("I", "MR", "C", "G", "T"),
                                   screening = c("off", "once", "once unless flat"),
                                   rules = c("anhoej", "best box", "cut box", "perla"), starts = NULL,
                                   fix_after = NULL, excluded = NULL) {
  method("shewhart_values", values = values, chart = match.arg(chart), screening = match.arg(screening),
         rules = match.arg(rules), starts = starts, fix_after = fix_after, excluded = excluded)
}

#' Shewhart's charts of ratios
#'
#' Shewhart's charts of ratios: P and P' of proportions, U and U' of rates, I' of single ratios.
#'
#' Formula: about the pooled centre `c`: U `3√(c / n)`; P `3√(c (1 - c) / n)`; P' and U' the same, times how
#' much more the values vary.
#'
#' Takes: numerators and denominators in order of time, the rest as [method_run_chart()].
#'
#' @param numerator Column of counts, at least 0; a proportion's is at most its denominator.
#' @param denominator Column of the same length: the people or cases among whom they are counted.
#' @param chart The chart; see the details.
#' @param per What a value is given per, such as 1000 people, or 100 for percent.
#' @param screening Whether limits are made once without the ranges that lie outside: `"off"`, `"once"`, `"once
#'   unless flat"`.
#' @param rules The rules of signals; see the details.
#' @param starts The places, from 1, at which limits begin anew.
#' @param fix_after On how many first places of each part the limits rest.
#' @param excluded Places, from 1, that are shown and count towards nothing.
#' @return A tibble: as [method_shewhart_values()]. Places count from 1.
#' @section Errors: `kilter_error_method` for settings or figures that are none. `kilter_error_data` for a
#'   column of another type. Rows are counted from 1.
#' @source `control_chart::of_ratios`; qicharts2.
#' @examples
#' method_shewhart_ratios(c(10, 10), c(100, 100), chart = "P", per = 100)
#' @export
method_shewhart_ratios <- function(numerator, denominator, chart = c("P", "P'", "U", "U'", "I'"), per = 1,
                                   screening = c("off", "once", "once unless flat"),
                                   rules = c("anhoej", "best box", "cut box", "perla"), starts = NULL,
                                   fix_after = NULL, excluded = NULL) {
  method("shewhart_ratios", numerator = numerator, denominator = denominator, chart = match.arg(chart), per = per,
         screening = match.arg(screening), rules = match.arg(rules), starts = starts, fix_after = fix_after,
         excluded = excluded)
}

#' Runs and crossings
#'
#' The runs and crossings of a series about a centre that is given.
#'
#' Takes: `values` in order of time; those on the centre, and missing ones, do not count.
#'
#' @param values Column of numbers; of a chart in order of time.
#' @param centre The centre; the median where left out.
#' @param rules The rules of signals; see the details.
#' @return A tibble: one row: `useful, longest_run, longest_allowed, crossings, crossings_needed, rules, shift`.
#' @section Errors: `kilter_error_method` where no value lies off the centre. `kilter_error_data` for a column
#'   of another type. Rows are counted from 1.
#' @source `run_chart::Runs::of`.
#' @examples
#' method_runs(c(1, 1, 3, 3, 1), 2)
#' @export
method_runs <- function(values, centre, rules = c("anhoej", "best box", "cut box", "perla")) {
  method("runs", values = values, centre = centre, rules = match.arg(rules))
}

#' Sustained shifts
#'
#' Sustained shifts: so many values in a row on one side of the median of the first make a new median, and so
#' on.
#'
#' Takes: `values` in order of time; `baseline`, how many first places make the first median; `run`, how many
#' make a shift; `watch`, which shifts count.
#'
#' @param values Column of numbers; of a chart in order of time.
#' @param baseline How many first places make the first median.
#' @param run How many values in a row on one side make a shift.
#' @param watch Which shifts count: `"above"`, `"below"` or `"both"`.
#' @return A tibble: a row to each line: `line, median, from, to, holds_to`, in places from 1, both ends
#'   included. Places count from 1.
#' @section Errors: `kilter_error_method` for a series too short to show a shift. `kilter_error_data` for a
#'   column of another type. Rows are counted from 1.
#' @source `run_chart::sustained`; runcharter.
#' @examples
#' method_sustained(c(1:13, 20:28))[, c("line", "median", "from", "to")]
#' @export
method_sustained <- function(values, baseline = 13, run = 9, watch = c("both", "above", "below")) {
  method("sustained", values = values, baseline = baseline, run = run, watch = match.arg(watch))
}

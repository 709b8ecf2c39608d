# Answers that are more than one table.

#' The scorecard of an area
#'
#' @inheritParams questions
#' @param area The area; that of the framework where left out.
#' @param x,object A scorecard.
#' @param row.names,optional As for [as.data.frame()]; not used.
#' @param path Where the page is written; as text where left out.
#' @return A list of class `kilter_scorecard`: `table`, a tibble with a row to each line (`indicator, title, period, value,
#'   target, status, reason` and others), and `rolled`, one of what outcomes, priorities, perspectives and the whole come
#'   to. It prints as text, knits as a table, and `ggplot2::autoplot()` draws it. `summary()` counts the statuses,
#'   `as.data.frame()` gives the lines, `kilter_page()` a self-contained HTML page, as text or as a file.
#' @section Errors: As for [kilter_evaluate()].
#' @examples
#' engine <- kilter_open(kilter_demo()$path)
#' card <- kilter_scorecard(engine)
#' summary(card)
#' card$table[card$table$status == "red", c("indicator", "value", "target")]
#' page <- kilter_page(card, tempfile(fileext = ".html"))
#' close(engine)
#' @export
kilter_scorecard <- function(engine, area = NULL, period = NULL, ..., as_at = NULL, level = NULL, on = NULL) {
  nothing_else(...)
  asked <- list(area = area, period = period, as_at = as_at, level = level, on = on)
  found <- ask_card(engine, "scorecard", asked)
  structure(
    list(
      table = as_result(found$lines, "kilter_table"), rolled = as_result(found$rolled, "kilter_table"),
      text = found$text, engine = engine, asked = asked
    ),
    class = "kilter_scorecard"
  )
}

ask_card <- function(engine, verb, asked, call = sys.call(-1)) {
  ask(engine, verb, width = 100, area = asked$area, period = asked$period, as_at = asked$as_at, level = asked$level,
      on = asked$on, call = call)
}

#' @rdname kilter_scorecard
#' @export
kilter_page <- function(x, path = NULL) {
  if (!inherits(x, "kilter_scorecard")) {
    refuse("question", "x: a scorecard was expected, as kilter_scorecard() gives it")
  }
  page <- ask_card(x$engine, "scorecard_page", x$asked)
  if (is.null(path)) {
    return(page)
  }
  writeLines(page, path.expand(path), useBytes = TRUE)
  invisible(path)
}

#' @rdname kilter_scorecard
#' @export
summary.kilter_scorecard <- function(object, ...) {
  words <- c("green", "amber", "red", "not assessed")
  stats::setNames(vapply(words, function(word) sum(object$table$status == word), numeric(1)), words)
}

#' @rdname kilter_scorecard
#' @export
as.data.frame.kilter_scorecard <- function(x, row.names = NULL, optional = FALSE, ...) as.data.frame(x$table)

#' @exportS3Method tibble::as_tibble
as_tibble.kilter_scorecard <- function(x, ...) x$table

#' @export
format.kilter_scorecard <- function(x, ...) x$text

#' @export
print.kilter_scorecard <- function(x, ...) print_text(x)

#' Why a status is what it is
#'
#' How a status came about: figures, population, calculation, target, tolerance, comparison, releases; enough to
#' reckon it again by hand.
#'
#' @inheritParams questions
#' @param indicator The id of one indicator.
#' @param area The area; that of the framework where left out.
#' @param x An explanation.
#' @return A list of class `kilter_explanation`: `text`, as a person would write it, and `json`, with every figure,
#'   unrounded; `as.list()` gives the latter as a list.
#' @section Errors: As for [kilter_evaluate()].
#' @examples
#' made <- kilter_demo()
#' engine <- kilter_open(made$path)
#' why <- kilter_explain(engine, "NI-19", made$area, period = "2023/24")
#' why
#' as.list(why)$status
#' close(engine)
#' @export
kilter_explain <- function(engine, indicator, area = NULL, ..., period = NULL, as_at = NULL, level = NULL, on = NULL) {
  nothing_else(...)
  found <- ask(engine, "explain", indicator = indicator, area = area, period = period, as_at = as_at, level = level,
               on = on)
  structure(found, class = "kilter_explanation")
}

#' @rdname kilter_explain
#' @export
as.list.kilter_explanation <- function(x, ...) unclass(x)$list

#' @export
format.kilter_explanation <- function(x, ...) x$text

#' @export
print.kilter_explanation <- function(x, ...) print_text(x)

#' @export
summary.kilter_explanation <- function(object, ...) {
  found <- as.list(object)
  unlist(found[c("indicator", "area", "period", "status")])
}

#' What if the rules were others
#'
#' The history of an indicator under the rules in force, and under others.
#'
#' @inheritParams questions
#' @param indicator The id of one indicator.
#' @param area The area; that of the framework where left out.
#' @param target Another target: a number, two numbers for a range, or text such as `"80..90"`.
#' @param tolerance Another tolerance: `"5%"`, `"2.5%,5%"`, `"3 points"`.
#' @param framework Another framework: what [kilter_framework()] takes.
#' @param raise_after,clear_after After how many red periods running an escalation is raised, and after how many others
#'   it is cleared.
#' @param x,object What the question answers.
#' @param row.names,optional As for [as.data.frame()]; not used.
#' @return A list of class `kilter_what_if`: `summary`, a tibble with a row for the rules in force and one for those that
#'   are tried, and `periods`, with a row for each period.
#' @section Errors: `kilter_error_question` for a target or tolerance that is none; as for [kilter_evaluate()].
#' @examples
#' engine <- kilter_open(kilter_demo()$path)
#' kilter_what_if(engine, "NI-19", target = 500)$summary
#' close(engine)
#' @export
kilter_what_if <- function(engine, indicator, area = NULL, ..., target = NULL, tolerance = NULL, framework = NULL,
                           raise_after = 1, clear_after = 1, as_at = NULL, level = NULL, on = NULL) {
  nothing_else(...)
  if (is.numeric(target)) {
    if (!length(target) %in% 1:2 || anyNA(target)) {
      refuse("question", "target: a number, or the two ends of a range, were expected")
    }
    target <- paste(vapply(target, exact, character(1)), collapse = "..")
  }
  found <- ask(engine, "what_if", indicator = indicator, area = area, target = target, tolerance = tolerance,
               framework = if (!is.null(framework)) as_framework(framework)$texts, raise_after = raise_after,
               clear_after = clear_after, as_at = as_at, level = level, on = on)
  structure(
    list(summary = as_result(found$summary, "kilter_table"), periods = as_result(found$periods, "kilter_table")),
    class = "kilter_what_if"
  )
}

# A number with every digit it has.
exact <- function(number) format(number, digits = 17, scientific = FALSE, trim = TRUE)

#' @rdname kilter_what_if
#' @export
summary.kilter_what_if <- function(object, ...) object$summary

#' @rdname kilter_what_if
#' @export
as.data.frame.kilter_what_if <- function(x, row.names = NULL, optional = FALSE, ...) as.data.frame(x$periods)

#' @export
format.kilter_what_if <- function(x, ...) format(x$summary, ...)

#' @export
print.kilter_what_if <- function(x, ...) {
  print(x$summary, ...)
  invisible(x)
}

#' Write a table as kilter writes tables
#'
#' Writes a data frame with the bytes that the program `kilter` and the Python package write for the same table:
#' numbers unrounded, in the shortest decimals that read back, and an absence as an empty cell or a null.
#'
#' @param x A data frame: an answer of kilter, or what became of one.
#' @param path Where it is written; as text where left out.
#' @param format `"csv"`, `"json"` (an array of objects, one to a row) or `"parquet"`, which needs a path.
#' @return The text, or the path, invisibly.
#' @section Errors: `kilter_error_data` for a column that is no vector of numbers, text or dates.
#' @examples
#' cat(kilter_write(method_crude_rate(c(12, NA), c(96, 80), per = 1000)))
#' @export
kilter_write <- function(x, path = NULL, format = c("csv", "json", "parquet")) {
  format <- match.arg(format)
  if (format == "parquet" && is.null(path)) {
    refuse("question", "path: a Parquet file is no text; say where it is written")
  }
  if (inherits(x, "kilter_scorecard")) x <- x$table
  text <- native("written", frame = x, format = format, path = if (!is.null(path)) as_path(path, "path"))
  if (is.null(path)) text else invisible(path)
}

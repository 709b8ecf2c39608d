# Answers by columns: matrices in place of tables, for millions of them.

#' Values, statuses, limits, charts and ranks as matrices
#'
#' The answers of [kilter_values()], [kilter_evaluate()], [kilter_compare()] and [kilter_chart()] for everything at once,
#' as matrices for each indicator: for millions of answers, where a table with words in every row would be mostly words.
#' The numbers are those of the tables, to the bit.
#'
#' @inheritParams questions
#' @param from,to The first and the last period; all where left out.
#' @param every The kind of period: `"month"`, `"quarter"`, `"financial-year"` and others.
#' @param rolling A window in months.
#' @param x,columns What `kilter_columns()` gives; its engine has to be open still.
#' @param groups Codes or names of groups of areas, within which areas are ranked: each in the first that it is a part of.
#'   Where left out, all areas of a kind are ranked together.
#' @param row.names,optional As for [as.data.frame()]; not used.
#' @return `kilter_columns()` a list of class `kilter_columns`, by the ids of the indicators. Each item is a list of
#'   matrices with a row to each period and a column to each area: `values`, in the unit of the indicator, unrounded, `NA`
#'   where there is none; and `lacks`, why there is none, `NA` where there is one.
#'
#'   `kilter_column_statuses()` a list by the same ids, of `codes` and how many are `green`, `amber` and `red`;
#'   `kilter_column_limits()` one of `lower`, `upper`, the 95% limits in the unit of the indicator, and `standings`, how a
#'   value stands to what it is compared with.
#'
#'   `kilter_column_charts()` one of `signals`, the patterns that each value is part of as the bits of a raw byte, and
#'   `lines`, a tibble with a row to each stretch of periods that have the same lines: `area`, `first` and `last`, the
#'   places of its area and of its first and last period, counted from 1, and `centre`, `lower` and `upper`, `NA` where
#'   they rest on nothing. An area without a chart has no lines and no patterns.
#'
#'   `kilter_column_ranks()` one of `ranks`, named by area, the ranks of the values of the last period, of which 1 is the
#'   best and values that are the same share the first, and `ranked`, among how many; both are `NA` where there is no rank.
#'
#'   Lacks, codes and standings are places in the words of `kilter_column_codes()`: a list of `lacks`, `statuses`,
#'   `standings` and `signals`. The lowest bit of a byte stands for the first of the signals, so that
#'   `as.logical(rawToBits(byte))` picks its patterns out of them. `as.data.frame()` gives values and lacks as one long
#'   table.
#' @section Errors: As for [kilter_values()] and [kilter_evaluate()]; `kilter_error_not_found` for a group that is not
#'   there, and `kilter_error_question` for an area that has no parts; `kilter_error_closed` where the engine was closed,
#'   or the columns were saved and read in another session.
#' @source NHS England, Making Data Count, for the patterns of charts.
#' @examples
#' made <- kilter_demo()
#' engine <- kilter_open(made$path)
#' columns <- kilter_columns(engine, "NI-19")
#' columns$`NI-19`$values[, made$area]
#' statuses <- kilter_column_statuses(columns)
#' kilter_column_codes()$statuses[statuses$`NI-19`$codes["2023/24", made$area]]
#' kilter_column_limits(columns)$`NI-19`$upper["2023/24", made$area]
#' kilter_column_ranks(columns)$`NI-19`$ranks
#' admissions <- kilter_columns(engine, "MSG-1a", made$area)
#' chart <- kilter_column_charts(admissions)$`MSG-1a`
#' chart$lines
#' found <- chart$signals[chart$signals != 0]
#' kilter_column_codes()$signals[as.logical(rawToBits(found[1]))]
#' close(engine)
#' @export
kilter_columns <- function(engine, indicator = NULL, area = NULL, ..., from = NULL, to = NULL, every = NULL,
                           rolling = NULL, as_at = NULL) {
  nothing_else(...)
  found <- ask(engine, "columns", indicator = indicator, area = area, from = from, to = to, every = every,
               rolling = rolling, as_at = as_at)
  structure(found$blocks, engine = engine, kept = found$kept, class = "kilter_columns")
}

#' @rdname kilter_columns
#' @export
kilter_column_statuses <- function(columns, ..., level = NULL, on = NULL) {
  nothing_else(...)
  ask_columns(columns, "column_statuses", level = level, on = on)
}

#' @rdname kilter_columns
#' @export
kilter_column_limits <- function(columns) ask_columns(columns, "column_limits")

#' @rdname kilter_columns
#' @export
kilter_column_charts <- function(columns) {
  found <- ask_columns(columns, "column_charts")
  lapply(found, function(block) {
    block$lines <- as_result(block$lines)
    block
  })
}

#' @rdname kilter_columns
#' @export
kilter_column_ranks <- function(columns, groups = NULL) ask_columns(columns, "column_ranks", groups = groups)

#' @rdname kilter_columns
#' @export
kilter_column_codes <- function() native("column_codes")

ask_columns <- function(columns, verb, ..., call = sys.call(-1)) {
  if (!inherits(columns, "kilter_columns")) {
    refuse("question", "columns: they were expected as kilter_columns() gives them", call = call)
  }
  ask(attr(columns, "engine"), verb, kept = attr(columns, "kept"), ..., call = call)
}

#' @rdname kilter_columns
#' @export
as.data.frame.kilter_columns <- function(x, row.names = NULL, optional = FALSE, ...) {
  words <- kilter_column_codes()$lacks
  parts <- lapply(names(x), function(indicator) {
    values <- x[[indicator]]$values
    data.frame(
      indicator = rep(indicator, length(values)), area = rep(colnames(values), each = nrow(values)),
      period = rep(rownames(values), times = ncol(values)), value = as.vector(values),
      absent = words[as.vector(x[[indicator]]$lacks)]
    )
  })
  do.call(rbind, parts)
}

#' @export
format.kilter_columns <- function(x, ...) {
  cells <- sum(vapply(x, function(block) length(block$values), numeric(1)))
  paste0("Columns: ", length(x), " indicators, ", format(cells, big.mark = ","), " values")
}

#' @export
print.kilter_columns <- function(x, ...) print_text(x)

#' @export
summary.kilter_columns <- function(object, ...) {
  as_result(data.frame(
    indicator = names(object), periods = vapply(object, function(block) nrow(block$values), numeric(1)),
    areas = vapply(object, function(block) ncol(block$values), numeric(1)),
    lacking = vapply(object, function(block) sum(is.na(block$values)), numeric(1)), row.names = NULL
  ))
}

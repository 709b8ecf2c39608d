# Answers by columns: matrices in place of tables, for millions of them.

#' Values, statuses and limits as matrices
#'
#' The answers of [kilter_values()], [kilter_evaluate()] and [kilter_compare()] for everything at once, as a matrix for
#' each indicator: for millions of answers, where a table with words in every row would be mostly words. The numbers are
#' those of the tables, to the bit.
#'
#' @inheritParams questions
#' @param from,to The first and the last period; all where left out.
#' @param every The kind of period: `"month"`, `"quarter"`, `"financial-year"` and others.
#' @param rolling A window in months.
#' @param x,columns What `kilter_columns()` gives; its engine has to be open still.
#' @param row.names,optional As for [as.data.frame()]; not used.
#' @return `kilter_columns()` a list of class `kilter_columns`, by the ids of the indicators. Each item is a list of
#'   matrices with a row to each period and a column to each area: `values`, in the unit of the indicator, unrounded, `NA`
#'   where there is none; and `lacks`, why there is none, `NA` where there is one.
#'
#'   `kilter_column_statuses()` a list by the same ids, of `codes` and how many are `green`, `amber` and `red`;
#'   `kilter_column_limits()` one of `lower`, `upper`, the 95% limits in the unit of the indicator, and `standings`, how a
#'   value stands to what it is compared with.
#'
#'   Lacks, codes and standings are places in the words of `kilter_column_codes()`: a list of `lacks`, `statuses` and
#'   `standings`. `as.data.frame()` gives values and lacks as one long table.
#' @section Errors: As for [kilter_values()] and [kilter_evaluate()]; `kilter_error_closed` where the engine was closed, or
#'   the columns were saved and read in another session.
#' @examples
#' made <- kilter_demo()
#' engine <- kilter_open(made$path)
#' columns <- kilter_columns(engine, "NI-19")
#' columns$`NI-19`$values[, made$area]
#' statuses <- kilter_column_statuses(columns)
#' kilter_column_codes()$statuses[statuses$`NI-19`$codes["2023/24", made$area]]
#' kilter_column_limits(columns)$`NI-19`$upper["2023/24", made$area]
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

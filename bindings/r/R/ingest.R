# Taking in files and data frames, and the receipt that accounts for every row.

#' Take in a file or data frame
#'
#' Takes in a file or a data frame as a release, whole or not at all, and accounts for every row.
#'
#' Columns of a data frame may be numbers, text, factors (which stand for their labels), `Date`, `integer64`, or
#' logical; `NA` is an empty cell, and so is `NaN`. A column of another class (`POSIXct`, `difftime`, lists, matrices) is
#' refused by name. Without a profile the columns are `measure, area, period, value` and, where needed,
#' `numerator, denominator, mark, absent` and the dimensions of the measure.
#'
#' @param engine An engine, open for writing.
#' @param data The path of a CSV file (also compressed), an Excel workbook or a Parquet file; or a data frame.
#' @param source In words, where the figures come from.
#' @param known_at When they became known: a Date, or text such as `"2023-06-30"`.
#' @param ... Not used: what follows is given by name.
#' @param profile How a foreign layout becomes observations: a file, the id of one of the catalogue
#'   ([kilter_catalogue()]), or a list of that shape; not needed for a table of observations.
#' @param on_rejection What is done where rows are refused: `"refuse"` keeps nothing, `"keep"` the sound rows.
#' @param note A remark that the release carries.
#' @param progress `TRUE` shows how far it has come, with cli where that is installed; or a function of two numbers, what
#'   is done (bytes or rows) and what there is, 0 where that is not known.
#' @return A list of class `kilter_receipt`: `release`, the numbers of the releases that were made, and `known_at` their
#'   dates; `rows`, `accepted`, `rejected`, and `left_out`, counts by reason; `rejections`, a tibble of `line, column,
#'   found, reason`; `series` and `figures` that were added; `totals_checked` and `disagreements` between stated totals
#'   and their parts; `recoded` areas; `zeros`; `same_file_as`, the release of the same file before; `stopped_at`.
#' @section Errors: `kilter_error_ingest` with `rejections` and `receipt` where rows are refused; `kilter_error_read` where
#'   a file is not there; `kilter_error_data` for a column that is not read; `kilter_error_profile` with `problems`. An
#'   interrupt stops it, and nothing is kept.
#' @examples
#' engine <- kilter_create(tempfile(), "scotland-core-suite", known_at = "2015-01-01")
#' figures <- data.frame(
#'   measure = c("readmissions-28-days", "discharges"), area = "S12000005", period = "2019/20", value = c(12, 96)
#' )
#' kilter_ingest(engine, figures, source = "own count", known_at = as.Date("2020-07-01"))
#'
#' figures$value[2] <- NA
#' refused <- tryCatch(
#'   kilter_ingest(engine, figures, source = "own count", known_at = "2020-08-01"),
#'   kilter_error_ingest = function(condition) condition$rejections
#' )
#' refused
#' close(engine)
#' @export
kilter_ingest <- function(engine, data, source, known_at, ..., profile = NULL, on_rejection = c("refuse", "keep"),
                          note = NULL, progress = FALSE) {
  nothing_else(...)
  if (missing(source)) refuse("question", "source: say in words where the figures come from")
  if (missing(known_at)) refuse("question", "known_at: say when the figures became known")
  on_rejection <- match.arg(on_rejection)
  if (is.list(profile) && !is.object(profile)) {
    profile_text <- native("toml_of_list", list = profile)
    profile <- NULL
  } else {
    profile_text <- NULL
    if (is.character(profile)) profile <- path.expand(profile)
  }
  shown <- progress_of(progress)
  on.exit(shown$end())
  put <- function(verb, ..., call) {
    ask(engine, verb, ..., profile = profile, profile_text = profile_text, source = source, known_at = known_at,
        on_rejection = on_rejection, note = note, progress = shown$tell, call = call)
  }
  call <- sys.call()
  receipt <- if (is.data.frame(data)) {
    put("ingest_frame", frame = data, call = call)
  } else if (is.character(data) && length(data) == 1L && !is.na(data)) {
    put("ingest_file", file = path.expand(data), call = call)
  } else {
    refuse("data", "data: a path or a data frame was expected, and not ", paste(class(data), collapse = "/"))
  }
  new_receipt(receipt)
}

progress_of <- function(progress) {
  silent <- list(tell = NULL, end = function() invisible())
  if (is.function(progress)) {
    return(list(tell = progress, end = silent$end))
  }
  if (!isTRUE(progress)) {
    return(silent)
  }
  if (requireNamespace("cli", quietly = TRUE)) cli_progress() else message_progress()
}

cli_progress <- function() {
  bar <- NULL
  tell <- function(done, all) {
    if (is.null(bar)) {
      bar <<- cli::cli_progress_bar("Taking in", total = if (all > 0) all else NA, .auto_close = FALSE)
    }
    cli::cli_progress_update(set = done, id = bar)
  }
  list(tell = tell, end = function() if (!is.null(bar)) cli::cli_progress_done(id = bar))
}

message_progress <- function() {
  told <- -1
  tell <- function(done, all) {
    tenth <- if (all > 0) floor(10 * done / all) else 0
    if (tenth > told) {
      told <<- tenth
      message("taking in: ", 10 * tenth, "%")
    }
  }
  list(tell = tell, end = function() invisible())
}

new_receipt <- function(receipt) {
  receipt$rejections <- as_result(receipt$rejections)
  receipt$recoded <- as_result(receipt$recoded)
  structure(receipt, class = "kilter_receipt")
}

#' @export
format.kilter_receipt <- function(x, ...) x$text

#' @export
print.kilter_receipt <- function(x, ...) print_text(x)

#' @export
summary.kilter_receipt <- function(object, ...) {
  c(rows = object$rows, accepted = object$accepted, rejected = object$rejected, left_out = sum(object$left_out))
}

#' @export
as.data.frame.kilter_receipt <- function(x, ...) as.data.frame(x$rejections)

#' Releases
#'
#' `kilter_releases()` lists them, `kilter_withdraw()` withdraws one from a day on: what is read as at an earlier day
#' still has it. `kilter_diff()` says what was revised between two of them, and whose status changes.
#'
#' @param engine An engine; to withdraw, open for writing.
#' @param release The number of the release.
#' @param reason In words, why.
#' @param known_at From when on; today where left out.
#' @param from,to Dates, or the numbers of releases.
#' @return `kilter_releases()` a tibble of `release, known_at, source, profile, file, series, figures, note` and what is
#'   known of a withdrawal; `kilter_diff()` a tibble with a row to each difference: of an observation the old and the new
#'   value, of a status the old and the new one, and `flag` where something catches the eye.
#' @section Errors: `kilter_error_not_found` for a release that is not there.
#' @examples
#' engine <- kilter_open(kilter_demo()$path)
#' kilter_releases(engine)[, c("release", "known_at", "source")]
#' kilter_diff(engine, 5, 6)
#' close(engine)
#' @export
kilter_releases <- function(engine) as_result(ask(engine, "releases"), "kilter_table")

#' @rdname kilter_releases
#' @export
kilter_withdraw <- function(engine, release, reason, known_at = NULL) {
  ask(engine, "withdraw", release = release, reason = reason, known_at = known_at)
  invisible(engine)
}

#' @rdname kilter_releases
#' @export
kilter_diff <- function(engine, from, to) as_result(ask(engine, "diff", from = from, to = to), "kilter_table")

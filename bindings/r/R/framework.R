# Frameworks before they are in a store.

#' Read and check a framework
#'
#' All definitions of one organisation at one time: areas, measures, indicators, targets, outcomes, levels. What is
#' read need not be sound: the object prints its problems, all of them.
#'
#' @param x A file or folder; the id of one of the catalogue ([kilter_catalogue()]); a list of the shape of such a file;
#'   text of TOML, as `I()`; or an engine, for the framework in force.
#' @param as_at With an engine, as known when: a Date, or the number of a release.
#' @param name What messages call a list or a text.
#' @return A list of class `kilter_framework`: `texts`, characters by name, what the framework extends first;
#'   `source`; `problems`, a tibble of `file, line, about, message`, without rows where the framework is sound; and
#'   then `id`, `title` and `counts`.
#' @section Errors: `kilter_error_not_found` for an id that is not there, `kilter_error_read` for a file that is not;
#'   `kilter_error_framework` with `problems` where what it extends cannot be had.
#' @examples
#' kilter_framework("scotland-core-suite")
#'
#' mine <- kilter_framework(list(
#'   framework = list(id = "mine", title = "Mine", extends = "scotland-core-suite"),
#'   target = list(list(
#'     indicator = "NI-19", from = "2023/24", value = 600, tolerance = list(relative = 5)
#'   ))
#' ))
#' mine$counts$targets
#'
#' # Refused, with every problem
#' kilter_framework(I("[framework]\nid = \"x\"\ntitle = \"X\"\n[[measure]]\nid = \"a\"\n"))$problems
#' @export
kilter_framework <- function(x, as_at = NULL, name = "framework.toml") {
  as_framework(x, as_at, name)
}

as_framework <- function(x, as_at = NULL, name = "framework.toml", call = sys.call(-1)) {
  if (inherits(x, "kilter_framework")) {
    return(x)
  }
  if (inherits(x, "kilter_engine")) {
    found <- ask(x, "framework", as_at = as_at, call = call)
    return(new_framework(found$texts, found$id, call))
  }
  if (inherits(x, "AsIs") && is.character(x)) {
    own <- stats::setNames(paste(unclass(x), collapse = "\n"), name)
    return(new_framework(native("with_what_it_extends", texts = own, call = call), name, call))
  }
  if (is.list(x) && !is.object(x)) {
    own <- stats::setNames(native("toml_of_list", list = x, call = call), name)
    return(new_framework(native("with_what_it_extends", texts = own, call = call), name, call))
  }
  if (!is.character(x) || length(x) != 1L || is.na(x)) {
    refuse("question", "a framework is a file, an id of the catalogue, a list or an engine, and not ",
           paste(class(x), collapse = "/"), call = call)
  }
  new_framework(native("framework_texts", source = path.expand(x), call = call), x, call)
}

new_framework <- function(texts, source, call) {
  found <- native("check_framework", texts = texts, call = call)
  sound <- is.null(found$problems)
  problems <- if (sound) no_problems() else found$problems
  structure(
    list(
      texts = texts, source = source, problems = as_result(problems),
      id = found$id, title = found$title, counts = found$counts
    ),
    class = "kilter_framework"
  )
}

no_problems <- function() {
  data.frame(file = character(), line = double(), about = character(), message = character())
}

#' The frameworks and profiles of the catalogue
#'
#' @return A list of two character vectors: the ids of the `frameworks` and of the `profiles` that come with kilter.
#' @section Errors: None.
#' @examples
#' kilter_catalogue()
#' @export
kilter_catalogue <- function() native("catalogue")

#' Take another framework into force
#'
#' @param engine An engine, open for writing.
#' @param framework As for [kilter_create()].
#' @param known_at From when on; today where left out. Earlier dates keep the framework of their day.
#' @return The version of the framework, a number, invisibly.
#' @section Errors: `kilter_error_framework` with `problems`; `kilter_error_store` for an engine that was opened for
#'   reading.
#' @examples
#' engine <- kilter_create(tempfile(), "scotland-core-suite", known_at = "2015-01-01")
#' kilter_define(engine, "clackmannanshire-stirling-2021", known_at = "2021-04-01")
#' kilter_framework(engine, as_at = "2020-01-01")$id
#' close(engine)
#' @export
kilter_define <- function(engine, framework, known_at = NULL) {
  made <- as_framework(framework)
  invisible(ask(engine, "define", texts = made$texts, source = made$source, known_at = known_at))
}

#' @export
format.kilter_framework <- function(x, ...) {
  if (nrow(x$problems) > 0) {
    place <- ifelse(is.na(x$problems$file), "", paste0(x$problems$file, ":", x$problems$line, ": "))
    about <- ifelse(is.na(x$problems$about) | x$problems$about == "", "", paste0(x$problems$about, ": "))
    return(c(
      paste0("Framework from ", x$source, ": ", nrow(x$problems), " problems"),
      paste0("  ", place, about, x$problems$message)
    ))
  }
  counts <- paste(format(unlist(x$counts), trim = TRUE, big.mark = ","), names(x$counts), collapse = ", ")
  paste0("Framework ", x$id, ": ", x$title, " (", counts, ")")
}

#' @export
print.kilter_framework <- function(x, ...) print_text(x)

#' @export
summary.kilter_framework <- function(object, ...) unlist(object$counts)

#' @export
as.data.frame.kilter_framework <- function(x, ...) as.data.frame(x$problems)

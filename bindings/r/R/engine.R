# Engines: opening and closing stores. An engine is an environment, so that closing it closes it for everyone
# who holds it; the native part knows it by its handle.

new_engine <- function(opened, mode) {
  engine <- new.env(parent = emptyenv())
  engine$handle <- opened$handle
  engine$path <- opened$path
  engine$mode <- mode
  reg.finalizer(engine, release_handle, onexit = TRUE)
  structure(engine, class = "kilter_engine")
}

release_handle <- function(engine) {
  native("close", handle = engine$handle)
}

as_path <- function(path, argument, call = sys.call(-1)) {
  if (!is.character(path) || length(path) != 1L || is.na(path)) {
    refuse("question", argument, ": a path was expected", call = call)
  }
  path.expand(path)
}

# Asks an engine. One that was opened for reading in another session is opened again.
ask <- function(engine, verb, ..., call = sys.call(sys.parent())) {
  if (!inherits(engine, "kilter_engine")) {
    refuse("question", "engine: an engine was expected, as kilter_open() gives it, and not a ",
           paste(class(engine), collapse = "/"), call = call)
  }
  put <- function() {
    .Call(wrap__kilter_call, verb, utf8(list(handle = engine$handle, path = engine$path, ...)))
  }
  answer <- put()
  if (inherits(answer, "kilter_failure") && "kilter_error_elsewhere" %in% answer$class && engine$mode == "read") {
    opened <- native("open", path = engine$path, mode = "read", call = call)
    engine$handle <- opened$handle
    reg.finalizer(engine, release_handle, onexit = TRUE)
    answer <- put()
  }
  settle(answer, call)
}

#' Open a store
#'
#' Opens a store to read it as it stands (any number of sessions at once), or to add to it (one at a time). An engine
#' that was opened for reading and then saved with a workspace opens its store again where it is next used; one that
#' was opened for writing says that it has to be opened again. The same holds in a process that was forked.
#'
#' @param path The folder of the store.
#' @param mode `"read"`, or `"write"` to take in files, withdraw releases or change the framework.
#' @param wait For how many seconds to wait until another program that writes to it is done; reading never waits.
#' @return An engine, of class `kilter_engine`. [close()] closes it; so does the end of the session.
#' @section Errors: `kilter_error_store` where there is no store, `kilter_error_locked` where another program writes
#'   to it, `kilter_error_damaged` where a file is not as it was written.
#' @seealso [kilter_create()], [kilter_demo()], [kilter_values()], [kilter_scorecard()]
#' @examples
#' made <- kilter_demo(tempfile())
#' engine <- kilter_open(made$path)
#' kilter_evaluate(engine, "NI-19", made$area, period = "2023/24")[["status"]]
#' close(engine)
#'
#' tryCatch(kilter_open("no such store"), kilter_error_store = conditionMessage)
#' @export
kilter_open <- function(path, mode = c("read", "write"), wait = 0) {
  mode <- match.arg(mode)
  opened <- native("open", path = as_path(path, "path"), mode = mode, wait = wait)
  new_engine(opened, mode)
}

#' Make a store
#'
#' Makes a store with a framework, open for writing.
#'
#' @param path Where the store shall be; nothing stands there yet.
#' @param framework A framework: a file or folder, the id of one of the catalogue, a list, or what
#'   [kilter_framework()] gives.
#' @param known_at When it came into force: a Date, or text such as `"2023-04-01"`; today where left out.
#' @return An engine, of class `kilter_engine`, open for writing.
#' @section Errors: `kilter_error_framework` with `problems` (all of them) where the framework is not sound,
#'   `kilter_error_store` where something stands at the path already.
#' @examples
#' engine <- kilter_create(tempfile(), "scotland-core-suite", known_at = "2015-01-01")
#' engine
#' close(engine)
#' @export
kilter_create <- function(path, framework, known_at = NULL) {
  made <- as_framework(framework)
  opened <- native("create", path = as_path(path, "path"), texts = made$texts, source = made$source, known_at = known_at)
  new_engine(opened, "write")
}

#' Make the demonstration
#'
#' Makes an invented partnership in a folder: a store, the files it was made from, and a framework. Every figure is
#' invented.
#'
#' @param folder A folder that is empty, not there yet, or an earlier demonstration, which is made anew.
#' @return A list: `path` of the store, `files`, the folder of the files that were ingested, and `area`, the code of
#'   the invented partnership.
#' @section Errors: `kilter_error_question` where the folder holds something else.
#' @examples
#' made <- kilter_demo(tempfile())
#' list.files(made$files)
#' @export
kilter_demo <- function(folder = tempfile("kilter-demo-")) {
  native("demo", folder = as_path(folder, "folder"))
}

#' The care of a store
#'
#' A backup is one file that holds the whole store, for safe keeping and exchange; the store is made again from it.
#' Verifying reads everything in a store, or in a backup, and compares it with its checksums. Repairing restores what is
#' damaged, and only that, from a backup. Compacting merges the releases into one file, so that the store takes less room;
#' every answer stays the same, as at every date. Migrating brings a store to the newest format, after a backup.
#'
#' @param engine An engine.
#' @param file The file to write; nothing is written over.
#' @param backup A file that `kilter_backup()` wrote.
#' @param path Where the store shall be; nothing stands there yet.
#' @param x For verifying, an engine, or the path of a store that may be too damaged to be opened.
#' @param wait For how many seconds to wait until another program that writes to it is done.
#' @return `kilter_backup()` the path of the file, invisibly; `kilter_restore()` an engine, open for writing;
#'   `kilter_verify()` and `kilter_repair()` a list of class `kilter_verification`: `is_sound`, `text`, and `damage`, what
#'   is not as it was written; `kilter_check_backup()` and `kilter_compact()` text; `kilter_migrate()` a list of the formats
#'   `before` and `after`.
#' @section Errors: `kilter_error_store` where something stands there already, the file is no backup, or the disk
#'   refuses; `kilter_error_damaged` where it is not as it was written.
#' @examples
#' engine <- kilter_open(kilter_demo()$path)
#' file <- tempfile(fileext = ".zip")
#' kilter_backup(engine, file)
#' again <- kilter_restore(file, tempfile())
#' kilter_verify(again)$is_sound
#' kilter_check_backup(file)
#' kilter_compact(again)
#' close(again)
#' close(engine)
#' @export
kilter_backup <- function(engine, file) {
  ask(engine, "backup", file = as_path(file, "file"))
  invisible(file)
}

#' @rdname kilter_backup
#' @export
kilter_restore <- function(backup, path) {
  opened <- native("restore", backup = as_path(backup, "backup"), path = as_path(path, "path"))
  new_engine(opened, "write")
}

#' @rdname kilter_backup
#' @export
kilter_verify <- function(x) {
  found <- if (inherits(x, "kilter_engine")) ask(x, "verify") else native("verify_path", path = as_path(x, "x"))
  structure(found, class = "kilter_verification")
}

#' @rdname kilter_backup
#' @export
kilter_check_backup <- function(backup) native("check_backup", backup = as_path(backup, "backup"))

#' @rdname kilter_backup
#' @export
kilter_repair <- function(path, backup, wait = 0) {
  found <- native("repair", path = as_path(path, "path"), backup = as_path(backup, "backup"), wait = wait)
  structure(found, class = "kilter_verification")
}

#' @rdname kilter_backup
#' @export
kilter_compact <- function(engine) ask(engine, "compact")

#' @rdname kilter_backup
#' @export
kilter_migrate <- function(path, backup, wait = 0) {
  native("migrate", path = as_path(path, "path"), backup = as_path(backup, "backup"), wait = wait)
}

#' @export
format.kilter_verification <- function(x, ...) x$text

#' @export
print.kilter_verification <- function(x, ...) print_text(x)

#' Engines at the console
#'
#' @param x,con,object An engine.
#' @param ... Not used.
#' @return `close()` nothing; a second time does nothing more. `summary()` the indicators of the framework and of which
#'   anything was observed, a tibble; `format()` and `print()` say in words what the store holds.
#' @section Errors: `kilter_error_closed` from `summary()` of a closed engine; printing one says that it is closed.
#' @examples
#' engine <- kilter_open(kilter_demo()$path)
#' engine
#' summary(engine)
#' close(engine)
#' @name kilter_engine
NULL

#' @rdname kilter_engine
#' @export
close.kilter_engine <- function(con, ...) {
  release_handle(con)
  invisible()
}

#' @rdname kilter_engine
#' @export
format.kilter_engine <- function(x, ...) {
  tryCatch(
    ask(x, "summary"),
    kilter_error_closed = function(condition) paste0("kilter engine, closed: ", x$path)
  )
}

#' @rdname kilter_engine
#' @export
print.kilter_engine <- function(x, ...) print_text(x)

#' @rdname kilter_engine
#' @export
summary.kilter_engine <- function(object, ...) kilter_indicators(object)

print_text <- function(x) {
  cat(format(x), sep = "\n")
  invisible(x)
}

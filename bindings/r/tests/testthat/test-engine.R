test_that("a closed engine says so, and closing twice does nothing more", {
  engine <- reading()
  close(engine)
  close(engine)
  expect_match(format(engine), "closed")
  expect_error(kilter_values(engine), "open the store again", class = "kilter_error_closed")
})

test_that("an engine that nobody holds is closed", {
  path <- tempfile()
  engine <- own_store(path)
  rm(engine)
  invisible(gc())
  again <- kilter_open(path, mode = "write")
  expect_identical(nrow(kilter_releases(again)), 0L)
  close(again)
})

other_session <- function(code, ...) {
  file <- tempfile(fileext = ".R")
  paths <- paste0(".libPaths(", deparse1(.libPaths()), ")")
  writeLines(c(paths, "library(kilter)", code), file)
  system2(file.path(R.home("bin"), "Rscript"), c("--vanilla", file, ...), stdout = TRUE, stderr = TRUE)
}

test_that("the store is locked for a second writer and open for readers", {
  path <- tempfile()
  own <- own_store(path)
  said <- other_session(c(
    sprintf("path <- %s", deparse(path)),
    "tryCatch(kilter_open(path, mode = \"write\"), kilter_error_locked = function(c) cat(conditionMessage(c)))"
  ))
  expect_match(paste(said, collapse = " "), "open for writing")
  reader <- kilter_open(path)
  expect_identical(nrow(kilter_releases(reader)), 0L)
  expect_error(kilter_define(reader, "scotland-core-suite"), "opened for reading", class = "kilter_error_store")
  close(reader)
  close(own)
})

test_that("a saved engine opens its store again where it was opened for reading, and says so where not", {
  reader <- reading()
  own <- own_store()
  file <- tempfile(fileext = ".rds")
  saveRDS(list(reader, own), file)
  expected <- nrow(kilter_releases(reader))
  said <- other_session(c(
    sprintf("engines <- readRDS(%s)", deparse(file)),
    "cat(nrow(kilter_releases(engines[[1]])), \"\\n\")",
    "tryCatch(kilter_releases(engines[[2]]), kilter_error_closed = function(c) cat(conditionMessage(c)))"
  ))
  expect_identical(as.integer(said[1]), expected)
  expect_match(said[2], "open the store again")
  close(reader)
  close(own)
})

test_that("a forked process gets its own engine or a clear sentence, and neither waits for ever", {
  skip_on_os("windows")
  reader <- reading()
  own <- own_store()
  expected <- nrow(kilter_values(reader, "NI-19"))
  child <- parallel::mcparallel(list(
    nrow(kilter_values(reader, "NI-19")),
    tryCatch(kilter_releases(own), kilter_error = conditionMessage)
  ))
  found <- parallel::mccollect(child, wait = FALSE, timeout = 60)
  expect_false(is.null(found))
  expect_identical(found[[1]][[1]], expected)
  expect_match(found[[1]][[2]], "open the store again")
  expect_identical(nrow(kilter_values(reader, "NI-19")), expected)
  close(reader)
  close(own)
})

# How a call ends into which the keyboard's signal comes after half a second.
signalled <- function(call) {
  pid <- Sys.getpid()
  killer <- parallel::mcparallel({
    Sys.sleep(0.5)
    tools::pskill(pid, tools::SIGINT)
  })
  ended <- tryCatch(
    {
      call
      "not interrupted"
    },
    interrupt = function(condition) "interrupted",
    error = function(condition) conditionMessage(condition)
  )
  parallel::mccollect(killer)
  ended
}

test_that("an interrupt stops a long call at once, and nothing is kept", {
  skip_on_os("windows")
  own <- own_store()
  rows <- 5e6
  frame <- data.frame(measure = rep("discharges", rows), area = "S12000005", period = "2019/20", value = seq_len(rows))
  expect_identical(signalled(kilter_ingest(own, frame, source = "x", known_at = "2020-01-01")), "interrupted")
  expect_identical(nrow(kilter_releases(own)), 0L)
  close(own)
})

test_that("what is abandoned by an interrupt holds up no later question", {
  skip_on_os("windows")
  own <- own_store()
  path <- own$path
  close(own)
  holder <- parallel::mcparallel({
    held <- kilter_open(path, "write", wait = 20)
    Sys.sleep(60)
    close(held)
  })
  free <- function() tryCatch({
    close(kilter_open(path, "write"))
    TRUE
  }, kilter_error = function(condition) FALSE)
  while (free()) Sys.sleep(0.05)
  began <- proc.time()[["elapsed"]]
  expect_identical(signalled(kilter_open(path, "write", wait = 50)), "interrupted")
  expect_identical(nrow(kilter_releases(kilter_open(path))), 0L)
  expect_lt(proc.time()[["elapsed"]] - began, 40)
  tools::pskill(holder$pid)
  # That it ended without a result is told as a warning.
  suppressWarnings(parallel::mccollect(holder))
})

test_that("a store is backed up and restored, and gives every table again", {
  engine <- reading()
  file <- tempfile(fileext = ".zip")
  kilter_backup(engine, file)
  expect_error(kilter_backup(engine, file), class = "kilter_error_store")
  expected <- kilter_write(kilter_evaluate(engine))
  close(engine)
  again <- kilter_restore(file, tempfile())
  expect_identical(kilter_write(kilter_evaluate(again)), expected)
  expect_true(kilter_verify(again)$is_sound)
  last <- max(kilter_releases(again)$release)
  kilter_withdraw(again, last, "digits exchanged", known_at = "2030-01-01")
  expect_identical(kilter_write(kilter_evaluate(again, as_at = "2029-12-31")), expected)
  expect_false(identical(kilter_write(kilter_evaluate(again, as_at = as.Date("2030-01-01"))), expected))
  close(again)
})

test_that("damage is noticed", {
  copy <- tempfile()
  dir.create(copy)
  file.copy(list.files(made$path, full.names = TRUE), copy, recursive = TRUE)
  expect_true(kilter_verify(copy)$is_sound)
  segments <- list.files(copy, "[.]segment$", recursive = TRUE, full.names = TRUE)
  segment <- segments[which.max(file.size(segments))]
  bytes <- readBin(segment, raw(), file.size(segment))
  middle <- length(bytes) %/% 2
  bytes[middle] <- xor(bytes[middle], as.raw(255))
  writeBin(bytes, segment)
  found <- kilter_verify(copy)
  expect_false(found$is_sound)
  expect_gte(length(found$damage), 1)

  # And repaired from a backup.
  engine <- reading()
  file <- tempfile(fileext = ".zip")
  kilter_backup(engine, file)
  close(engine)
  expect_match(kilter_check_backup(file), "[0-9]")
  expect_true(kilter_repair(copy, file)$is_sound)
  expect_identical(kilter_migrate(copy, tempfile(fileext = ".zip"))$before, kilter_migrate(copy, tempfile(fileext = ".zip"))$after)
  writer <- kilter_open(copy, mode = "write", wait = 1)
  before <- kilter_write(kilter_values(writer))
  expect_match(kilter_compact(writer), "[a-z]")
  expect_identical(kilter_write(kilter_values(writer)), before)
  close(writer)
  expect_error(kilter_open(copy, wait = -1), "wait", class = "kilter_error_question")
})

test_that("objects print in words", {
  engine <- reading()
  shown <- list(
    engine, kilter_framework(engine), kilter_scorecard(engine), kilter_explain(engine, "NI-19"),
    kilter_what_if(engine, "NI-19", target = 500), kilter_verify(engine), kilter_framework(I("x = 1"))
  )
  for (object in shown) {
    said <- capture.output(print(object))
    expect_gt(sum(nchar(said)), 20)
    expect_false(any(grepl("<environment>|attr\\(,", said)))
  }
  card <- kilter_scorecard(engine)
  expect_identical(sum(summary(card)), as.numeric(nrow(card$table)))
  expect_s3_class(as.data.frame(card), "data.frame")
  expect_match(kilter_page(card), "</html>", fixed = TRUE)
  close(engine)
})

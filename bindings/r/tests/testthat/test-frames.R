accepted <- function(frame, ...) {
  own <- own_store()
  on.exit(close(own))
  receipt <- kilter_ingest(own, frame, source = "own count", known_at = as.Date("2020-07-01"), ...)
  expect_identical(c(receipt$rows, receipt$accepted, receipt$rejected), c(2, 2, 0))
  expect_identical(receipt$release, 1)
  expect_identical(receipt$known_at, as.Date("2020-07-01"))
  kilter_values(own, "NI-14", "S12000005")$value
}

test_that("every kind of data frame is taken in alike", {
  rows <- two_rows()
  expect_identical(accepted(rows), 125)
  expect_identical(accepted(tibble::as_tibble(rows)), 125)
  expect_identical(accepted(as.data.frame(lapply(rows, function(x) if (is.character(x)) factor(x) else x))), 125)
  expect_identical(accepted(transform(rows, value = as.integer(value))), 125)
  expect_identical(accepted(transform(rows, value = as.character(value))), 125)
  expect_identical(accepted(transform(rows, area = factor(area, levels = c("unused", "S12000005")))), 125)
  expect_identical(accepted(rows[2:1, ]), 125)
  expect_identical(accepted(cbind(rows, mark = NA)), 125)
  expect_identical(accepted(cbind(rows, mark = NA_character_)), 125)
  if (requireNamespace("bit64", quietly = TRUE)) {
    rows$value <- bit64::as.integer64(rows$value)
    expect_identical(accepted(rows), 125)
  }
})

test_that("a Date is the day it is, stored as integers or doubles, and NA is no date", {
  born <- as.Date(c("2004-02-29", NA))
  whole <- structure(c(12477L, NA), class = "Date")
  on <- as.Date(c("2023-02-28", "2023-02-28"))
  expect_identical(method_completed_years(born, on)$age, c(18, NA))
  expect_identical(method_completed_years(whole, on)$age, c(18, NA))
  expect_identical(method_completed_years(born + 0.9, on)$age, c(18, NA))
  expect_identical(is.na(method_completed_years(born, on)$reason), c(TRUE, FALSE))
})

test_that("NA and NaN are missing in every type, and never zero", {
  missing <- list(NA, NA_real_, NaN, NA_integer_)
  if (requireNamespace("bit64", quietly = TRUE)) missing <- c(missing, list(bit64::NA_integer64_))
  for (nothing in missing) {
    found <- method_crude_rate(nothing, 100)
    expect_true(is.na(found$value) && !is.nan(found$value))
    expect_match(found$reason, "missing")
  }
  expect_identical(method_pooled(c(1, 2), c(10, 10), by = factor(c("a", NA)), per = 1)$by, c(NA, "a"))
})

test_that("an empty cell is refused with its row, its column and the reason", {
  own <- own_store()
  spoiled <- two_rows()
  spoiled$value[2] <- NA
  condition <- condition_of(kilter_ingest(own, spoiled, source = "own", known_at = "2020-07-01"))
  expect_s3_class(condition, "kilter_error_ingest")
  expect_named(condition$rejections, c("line", "column", "found", "reason"))
  expect_identical(condition$rejections$line, 2)
  expect_identical(condition$rejections$column, "value")
  expect_identical(condition$receipt$rejected, 1)
  expect_match(conditionMessage(condition), "on_rejection = \"keep\"", fixed = TRUE)
  expect_identical(nrow(kilter_releases(own)), 0L)
  kept <- kilter_ingest(own, spoiled, source = "own", known_at = "2020-07-01", on_rejection = "keep")
  expect_identical(c(kept$accepted, kept$rejected, kept$release), c(1, 1, 1))
  close(own)
})

test_that("a column that is not read is refused by name and never misread", {
  own <- own_store()
  rows <- two_rows()
  spoiled <- list(
    POSIXct = transform(rows, period = as.POSIXct("2020-01-01")), difftime = transform(rows, value = as.difftime(1:2, units = "days")),
    list = within(rows, value <- I(list(1, 2))), complex = transform(rows, value = 1i), matrix = within(rows, value <- matrix(1:4, 2)),
    frame = within(rows, value <- data.frame(a = 1:2)), raw = within(rows, value <- as.raw(1:2)),
    own = within(rows, value <- structure(value, class = "money"))
  )
  for (frame in spoiled) {
    condition <- condition_of(kilter_ingest(own, frame, source = "x", known_at = "2020-01-01"))
    expect_s3_class(condition, "kilter_error_data")
    expect_match(conditionMessage(condition), "column (period|value): ")
  }
  for (odd in list(NULL, 1, list(), character(), c("a", "b"), matrix(1), function() 1)) {
    expect_error(kilter_ingest(own, odd, source = "x", known_at = "2020-01-01"), class = "kilter_error")
  }
  expect_error(kilter_ingest(own, data.frame(), source = "x", known_at = "2020-01-01"), class = "kilter_error")
  expect_error(kilter_ingest(own, rows, source = "x"), "known_at", class = "kilter_error_question")
  expect_error(kilter_ingest(own, rows, known_at = "2020-01-01"), "source", class = "kilter_error_question")
  expect_identical(nrow(kilter_releases(own)), 0L)
  close(own)
})

test_that("files are taken in and known again, and one that is not there is said", {
  own <- own_store()
  file <- tempfile(fileext = ".csv")
  write.csv(two_rows(), file, row.names = FALSE)
  expect_identical(kilter_ingest(own, file, source = "own", known_at = "2020-07-01")$release, 1)
  expect_identical(kilter_ingest(own, file, source = "own", known_at = "2020-07-02")$same_file_as, 1)
  expect_error(kilter_ingest(own, "lost.csv", source = "own", known_at = "2020-07-02"), "no such file",
               class = "kilter_error_read")
  close(own)
})

test_that("a profile may be a list", {
  own <- own_store()
  profile <- list(
    profile = list(id = "mine", title = "Mine", source = "us"), area = list(column = "Council"),
    period = list(column = "Year", kind = "financial-year", format = "financial-year"),
    measure = list(list(id = "discharges", value = "Out"), list(id = "readmissions-28-days", value = "Back"))
  )
  frame <- data.frame(Council = "S12000005", Year = "2019/20", Out = 96, Back = 12)
  receipt <- kilter_ingest(own, frame, source = "us", known_at = "2020-07-01", profile = profile)
  expect_identical(receipt$profile, "mine")
  expect_identical(receipt$figures, 2)
  profile$area <- NULL
  condition <- condition_of(kilter_ingest(own, frame, source = "us", known_at = "2020-07-01", profile = profile))
  expect_s3_class(condition, "kilter_error_framework")
  expect_gte(nrow(condition$problems), 1)
  close(own)
})

test_that("progress is told, and an error in it stops the work", {
  own <- own_store()
  rows <- 2e6
  frame <- data.frame(measure = rep("discharges", rows), area = "S12000005", period = "2019/20", value = seq_len(rows))
  told <- numeric()
  stop_there <- function(done, all) {
    # Before the first rows are read, how many there are is not known.
    told <<- all
    if (all > 0) stop("enough, 100%")
  }
  expect_error(
    kilter_ingest(own, frame, source = "x", known_at = "2020-01-01", progress = stop_there),
    "progress failed", class = "kilter_error_question"
  )
  expect_identical(told, rows)
  expect_identical(nrow(kilter_releases(own)), 0L)
  close(own)
})

test_that("answers are tibbles, pipe into dplyr, and outlive their engine", {
  engine <- reading()
  values <- kilter_values(engine, "NI-19", made$area, from = "2012/13", to = "2024/25")
  close(engine)
  rm(engine)
  invisible(gc())
  expect_s3_class(values, c("kilter_values", "kilter_table", "tbl_df", "tbl", "data.frame"), exact = TRUE)
  expect_s3_class(values$period_start, "Date")
  expect_type(values$value, "double")
  expect_type(values$area, "character")
  expect_identical(is.na(values$value), !is.na(values$absent))
  expect_gt(sum(is.na(values$value)), 0)
  found <- dplyr::summarise(dplyr::filter(values, !is.na(value)), most = max(value))
  expect_identical(found$most, max(values$value, na.rm = TRUE))
  expect_identical(attr(values, "row.names"), seq_len(nrow(values)))
})

test_that("a table with more rows than a data frame can have is refused, and one with as many is not", {
  expect_identical(kilter:::native("row_names", rows = 2^31 - 1), c(NA, -.Machine$integer.max))
  expect_error(kilter:::native("row_names", rows = 2^31), "2147483648 rows", class = "kilter_error_data")
})

test_that("whole columns come back as they went in, whatever stands in them", {
  long <- 3000
  frame <- data.frame(
    number = c(NA, NaN, Inf, -Inf, 0, -0, 1e300, seq_len(long)), whole = c(NA, -.Machine$integer.max, seq_len(long + 5)),
    day = as.Date("1969-12-28") + c(NA, 0.5, -1e6, 1e6, seq_len(long + 3)), text = c(NA, "", "\u00e9", rep(letters, length.out = long + 4)),
    factor = factor(c(NA, rep(c("b", "a"), length.out = long + 6)), levels = c("unused", "b", "a")),
    truth = c(NA, rep(c(TRUE, FALSE), length.out = long + 6)), nothing = NA
  )
  found <- kilter:::native("returned", frame = frame)
  expected <- transform(frame, number = replace(number, 2, NA), whole = as.numeric(whole), factor = as.character(factor),
                        truth = tolower(as.character(truth)), nothing = NA_character_)
  # R shows the day in which a part of a day lies.
  expected$day <- as.Date(floor(unclass(frame$day)), origin = "1970-01-01")
  expect_identical(found, expected)
  expect_identical(kilter:::native("returned", frame = frame[0, ]), expected[0, ], ignore_attr = "row.names")
  expect_identical(kilter:::native("returned", frame = frame[rep(TRUE, nrow(frame)), 2, drop = FALSE]), expected[2])
})

test_that("methods spread their columns in mutate and in grouped summaries", {
  falls <- data.frame(board = c("a", "a", "b"), falls = c(30, 52, 8), people = c(20000, 31000, 9000))
  rates <- dplyr::mutate(falls, method_crude_rate(falls, people, per = 1000))
  expect_identical(rates$value, method_crude_rate(falls$falls, falls$people, per = 1000)$value)
  pooled <- dplyr::summarise(dplyr::group_by(falls, board), method_pooled(falls, people, per = 1000))
  expect_identical(pooled$value, c((30 + 52) / 51000 * 1000, 8 / 9000 * 1000))
})

test_that("places and rows count from 1", {
  chart <- method_xmr(c(rep(c(10, 12), 10), rep(c(20, 22), 10)), starts = 21)
  expect_identical(range(which(chart$segment == 2)), c(21L, 40L))
  expect_identical(min(chart$segment), 1)
  lines <- method_sustained(c(1:13, 20:28))
  expect_identical(c(lines$from[1], lines$to[1], lines$from[2], lines$to[2]), c(1, 13, 14, 22))
  expect_error(method_xmr(1:20, starts = 0), "counted from 1", class = "kilter_error_question")
  expect_error(method_mean(c(1, NA)), "row 2", class = "kilter_error_method")
})

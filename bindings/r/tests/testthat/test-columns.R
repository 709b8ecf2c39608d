# Columns hold what the tables say, to the bit.

test_that("columns hold what the tables say", {
  engine <- reading()
  columns <- kilter_columns(engine)
  statuses <- kilter_column_statuses(columns)
  limits <- kilter_column_limits(columns)
  words <- kilter_column_codes()
  expect_identical(names(statuses), names(columns))
  expect_identical(names(limits), names(columns))
  table <- as.data.frame(kilter_values(engine))
  long <- as.data.frame(columns)
  expect_identical(nrow(long), nrow(table))
  key <- function(of) paste(of$indicator, of$area, of$period)
  at <- match(key(table), key(long))
  expect_false(anyNA(at))
  expect_identical(long$value[at], table$value)
  expect_identical(long$absent[at], table$absent)
  seen <- character()
  for (indicator in names(columns)) {
    values <- columns[[indicator]]$values
    codes <- statuses[[indicator]]$codes
    expect_identical(dimnames(codes), dimnames(values))
    colours <- vapply(1:3, function(code) sum(codes == code), numeric(1))
    expect_identical(colours, as.numeric(unlist(statuses[[indicator]][c("green", "amber", "red")], use.names = FALSE)))
    for (period in utils::tail(rownames(values), 2)) {
      judged <- kilter_evaluate(engine, indicator, period = period)
      word <- words$statuses[codes[period, judged$area]]
      expect_identical(word, ifelse(judged$status == "not assessed", judged$reason, judged$status))
      seen <- union(seen, word)
      compared <- kilter_compare(engine, indicator, period = period)
      of <- limits[[indicator]]
      expect_identical(words$standings[of$standings[period, compared$area]], compared$standing)
      known <- !is.na(compared$lower)
      expect_identical(unname(of$lower[period, compared$area])[known], compared$lower[known])
      expect_identical(unname(of$upper[period, compared$area])[known], compared$upper[known])
    }
  }
  expect_true(all(c("green", "amber", "red") %in% seen))
  expect_match(format(columns), "61 indicators")
  expect_identical(sum(summary(columns)$lacking), as.numeric(sum(is.na(table$value))))
  close(engine)
})

test_that("columns outlive their engine, and are asked about only while it is open", {
  engine <- reading()
  columns <- kilter_columns(engine, "NI-19", every = "month", rolling = 12, from = "2022-04", to = "2023-03")
  expected <- kilter_values(engine, "NI-19", made$area, every = "month", rolling = 12, from = "2022-04", to = "2023-03")
  expect_identical(unname(columns[["NI-19"]]$values[, made$area]), expected$value)
  file <- tempfile(fileext = ".rds")
  saveRDS(columns, file)
  expect_error(kilter_column_statuses(readRDS(file)), "ask for them again", class = "kilter_error_closed")
  close(engine)
  invisible(gc())
  expect_identical(unname(columns[["NI-19"]]$values[, made$area]), expected$value)
  expect_error(kilter_column_limits(columns), "open the store again", class = "kilter_error_closed")
  expect_error(kilter_column_statuses(list()), "kilter_columns", class = "kilter_error_question")
  expect_error(kilter_columns(reading(), "NI-99"), class = "kilter_error_not_found")
})

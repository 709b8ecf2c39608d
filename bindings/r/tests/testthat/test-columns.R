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
  # What is lacking is NA, which R keeps apart from what is not a number.
  for (numbers in list(lapply(columns, `[[`, "values"), lapply(limits, `[[`, "lower"), lapply(limits, `[[`, "upper"))) {
    expect_true(anyNA(unlist(numbers)))
    expect_false(any(is.nan(unlist(numbers))))
  }
  expect_match(format(columns), "61 indicators")
  expect_identical(sum(summary(columns)$lacking), as.numeric(sum(is.na(table$value))))
  close(engine)
})

test_that("charts by columns have the lines and patterns of the table", {
  engine <- reading()
  columns <- kilter_columns(engine)
  charts <- kilter_column_charts(columns)
  expect_identical(names(charts), names(columns))
  words <- kilter_column_codes()$signals
  patterns <- without_chart <- 0
  for (indicator in names(columns)) {
    values <- columns[[indicator]]$values
    chart <- charts[[indicator]]
    lines <- chart$lines
    expect_identical(dimnames(chart$signals), dimnames(values))
    expect_identical(names(lines), c("area", "first", "last", "centre", "lower", "upper"))
    # Each line at the places that it is drawn at, and never two at one.
    of <- matrix(NA_integer_, nrow(values), ncol(values), dimnames = dimnames(values))
    for (row in seq_len(nrow(lines))) {
      places <- lines$first[row]:lines$last[row]
      expect_true(all(is.na(of[places, lines$area[row]])))
      of[places, lines$area[row]] <- row
    }
    table <- kilter_chart(engine, indicator)
    without_chart <- without_chart + sum(!is.na(table$no_chart))
    at <- cbind(match(table$period, rownames(values)), match(table$area, colnames(values)))
    expect_false(anyNA(at))
    # Of values without a chart the table has one row for all periods.
    at <- at[is.na(table$no_chart), , drop = FALSE]
    table <- table[is.na(table$no_chart), ]
    found <- vapply(seq_len(nrow(at)), function(row) {
      toString(words[as.logical(rawToBits(chart$signals[at[row, 1], at[row, 2]]))])
    }, character(1))
    expected <- table$signals
    expected[is.na(expected)] <- ""
    expect_identical(found, expected, label = indicator)
    patterns <- patterns + sum(nzchar(found))
    expect_identical(lines$centre[of[at]], table$mean, label = indicator)
    expect_identical(lines$lower[of[at]], table$lower_limit, label = indicator)
    expect_identical(lines$upper[of[at]], table$upper_limit, label = indicator)
  }
  expect_gt(patterns, 100)
  expect_gt(without_chart, 0)
  # Windows of several months overlap, and have no chart.
  rolling <- kilter_column_charts(kilter_columns(engine, "NI-19", rolling = 12))$`NI-19`
  expect_identical(nrow(rolling$lines), 0L)
  expect_true(all(rolling$signals == 0))
  close(engine)
})

test_that("ranks by columns are those of the table, among all of a kind and within groups", {
  engine <- reading()
  columns <- kilter_columns(engine)
  ranks <- kilter_column_ranks(columns)
  expect_identical(names(ranks), names(columns))
  ranked <- 0
  for (indicator in names(columns)) {
    values <- columns[[indicator]]$values
    of <- ranks[[indicator]]
    expect_identical(lengths(of), c(ranks = ncol(values), ranked = ncol(values)))
    if (length(values) == 0) next
    expect_identical(names(of$ranks), colnames(values))
    expect_identical(names(of$ranked), colnames(values))
    table <- kilter_compare(engine, indicator, period = rownames(values)[nrow(values)])
    expect_identical(as.numeric(of$ranks[table$area]), table$rank, label = indicator)
    expect_identical(as.numeric(of$ranked[table$area]), table$ranked, label = indicator)
    ranked <- ranked + sum(!is.na(table$rank))
  }
  expect_gt(ranked, 20)
  close(engine)
})

# Twelve areas in two groups that share one, with figures by age for a standardised rate.
by_age <- function() {
  areas <- sprintf("A%02d", 1:12)
  bands <- c("0-64", "65+")
  of_age <- function(id) {
    list(id = id, title = id, unit = "people", frequency = "calendar-year", over_time = "sum", over_areas = "none",
         dimensions = list(list(id = "age", title = "Age", categories = as.list(bands))))
  }
  area <- function(code, kind, ...) list(code = code, name = paste("The", code), kind = kind, ...)
  framework <- list(
    framework = list(id = "f", title = "F"),
    area = c(lapply(areas, area, "council"), list(
      area("G1", "group", parts = as.list(areas[1:7])), area("G2", "group", parts = as.list(areas[7:11]))
    )),
    standard = list(list(id = "s", title = "S", weights = list("0-64" = 800, "65+" = 200))),
    measure = list(of_age("events"), of_age("people")),
    indicator = list(list(
      id = "D", title = "D", frequency = "calendar-year", polarity = "lower", decimals = 1, unit = "per 1,000",
      interval = "dobson", calculation = list(standardised = list(
        numerator = "events", denominator = "people", per = 1000, by = "age", standard = "s"
      ))
    ))
  )
  engine <- kilter_create(tempfile("by-age-"), framework, known_at = "2024-01-01")
  cells <- expand.grid(age = bands, period = 2019:2023, area = areas, stringsAsFactors = FALSE)
  events <- cbind(measure = "events", cells, value = 20 + (seq_len(nrow(cells)) * 7) %% 13)
  people <- cbind(measure = "people", cells, value = 90 + (seq_len(nrow(cells)) * 5) %% 17)
  # One band of one year is not there, and so that year has no rate.
  lost <- people$area == "A03" & people$period == 2021 & people$age == "65+"
  kilter_ingest(engine, rbind(events, people[!lost, ]), source = "ours", known_at = "2024-02-01")
  engine
}

test_that("standardised rates come by columns, and are ranked within groups", {
  engine <- by_age()
  columns <- kilter_columns(engine, "D")
  values <- columns$D$values
  table <- kilter_values(engine, "D")
  at <- cbind(match(table$period, rownames(values)), match(table$area, colnames(values)))
  expect_identical(dim(values), c(5L, 12L))
  expect_identical(values[at], table$value)
  expect_identical(kilter_column_codes()$lacks[columns$D$lacks[at]], table$absent)
  expect_identical(which(is.na(values)), which(col(values) == 3 & row(values) == 3))
  expect_equal(values["2019", "A01"], (800 * 27 / 95 + 200 * 21 / 100) / 1000 * 1000, tolerance = 1e-12)
  for (groups in list("G1", c("G2", "G1"), c("The G1", "G2"))) {
    ranks <- kilter_column_ranks(columns, groups)$D
    expected <- matrix(NA_real_, 2, 12, dimnames = list(NULL, colnames(values)))
    # The first group that an area is a part of counts.
    for (group in rev(groups)) {
      among <- kilter_compare(engine, "D", period = "2023", among = group)
      among <- among[!is.na(among$rank), ]
      expected[, among$area] <- rbind(among$rank, among$ranked)
    }
    expect_identical(as.numeric(ranks$ranks), unname(expected[1, ]), label = toString(groups))
    expect_identical(as.numeric(ranks$ranked), unname(expected[2, ]), label = toString(groups))
  }
  expect_identical(kilter_column_ranks(columns, "G1")$D$ranks[["A12"]], NA_integer_)
  close(engine)
})

test_that("indicators with other areas or periods have their own names", {
  engine <- reading()
  columns <- kilter_columns(engine, c("NI-19", "MSG-1a", "NI-19"))
  for (place in seq_along(columns)) {
    alone <- kilter_columns(engine, names(columns)[place])[[1]]
    expect_identical(columns[[place]], alone)
  }
  # What one changes is not changed in the other.
  changed <- columns[[1]]$values
  rownames(changed) <- rep("x", nrow(changed))
  expect_false("x" %in% rownames(columns[[1]]$values))
  expect_false("x" %in% rownames(columns[[1]]$lacks))
  expect_false("x" %in% rownames(columns[[3]]$values))
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

test_that("questions about columns refuse what is none of theirs in the name of the function that was called", {
  engine <- reading()
  columns <- kilter_columns(engine, "NI-19")
  refused <- function(expression, class, message, name) {
    condition <- condition_of(expression)
    expect_s3_class(condition, class)
    expect_match(conditionMessage(condition), message)
    expect_identical(as.character(conditionCall(condition)[[1]]), name)
  }
  for (name in paste0("kilter_column_", c("statuses", "limits", "charts", "ranks"))) {
    ask <- getExportedValue("kilter", name)
    for (odd in list(NULL, 1, list(), data.frame(a = 1), engine)) {
      condition <- condition_of(ask(odd))
      expect_s3_class(condition, "kilter_error_question")
      expect_match(conditionMessage(condition), "kilter_columns()", fixed = TRUE)
    }
  }
  refused(kilter_column_charts(1), "kilter_error_question", "kilter_columns", "kilter_column_charts")
  refused(kilter_column_ranks(1), "kilter_error_question", "kilter_columns", "kilter_column_ranks")
  refused(kilter_column_ranks(columns, "no such group"), "kilter_error_not_found", "no such group", "kilter_column_ranks")
  alone <- colnames(columns[["NI-19"]]$values)[1]
  refused(kilter_column_ranks(columns, alone), "kilter_error_question", "no parts", "kilter_column_ranks")
  refused(kilter_column_ranks(columns, 3), "kilter_error_question", "groups: text", "kilter_column_ranks")
  refused(kilter_column_ranks(columns, NA), "kilter_error_question", "groups: one is NA", "kilter_column_ranks")
  refused(kilter_column_ranks(columns, character()), "kilter_error_question", "groups: there is", "kilter_column_ranks")
  close(engine)
  refused(kilter_column_charts(columns), "kilter_error_closed", "open the store again", "kilter_column_charts")
  refused(kilter_column_ranks(columns), "kilter_error_closed", "open the store again", "kilter_column_ranks")
})

test_that("a hostile message arrives as it is and the session lives", {
  hostile <- c("100% sure", "%n%n%n%s", "%d %s %", "\\n 50%", "\"quoted\" 'text' \u00e9")
  for (what in hostile) {
    for (here in c(TRUE, FALSE)) {
      condition <- condition_of(kilter:::native("provoke_a_panic", what = what, here = here))
      expect_s3_class(condition, c("kilter_error_internal", "kilter_error", "error", "condition"), exact = TRUE)
      expect_match(conditionMessage(condition), what, fixed = TRUE)
    }
  }
  expect_match(conditionMessage(condition_of(kilter_open("100%n%s"))), "100%n%s", fixed = TRUE)
})

test_that("a NUL in a file does not reach R as a NUL", {
  own <- own_store()
  file <- tempfile(fileext = ".csv")
  writeBin(c(charToRaw("measure,area,period,value\ndischarges,S12"), as.raw(0), charToRaw("5,2019/20,1\n")), file)
  condition <- condition_of(kilter_ingest(own, file, source = "x", known_at = "2020-01-01"))
  expect_s3_class(condition, "kilter_error_ingest")
  close(own)
})

test_that("all problems of a framework come at once, with their places", {
  text <- "[framework]\nid = \"x\"\ntitle = \"X\"\n[[measure]]\nid = \"a\"\n[[indicator]]\nid = \"I\"\npolarity = \"up\"\n"
  spoiled <- kilter_framework(I(text), name = "mine.toml")
  expect_gte(nrow(spoiled$problems), 2)
  expect_named(spoiled$problems, c("file", "line", "about", "message"))
  expect_true(all(nzchar(spoiled$problems$message)))
  expect_true(any(spoiled$problems$file == "mine.toml" & spoiled$problems$line > 3, na.rm = TRUE))
  condition <- condition_of(kilter_create(tempfile(), spoiled))
  expect_s3_class(condition, "kilter_error_framework")
  expect_equal(as.data.frame(condition$problems), as.data.frame(spoiled$problems))
})

test_that("a framework comes from a file, the catalogue, a list or an engine", {
  file <- tempfile(fileext = ".toml")
  writeLines("[framework]\nid = \"mine\"\ntitle = \"Mine\"\nextends = \"scotland-core-suite\"", file)
  of_file <- kilter_framework(file)
  of_list <- kilter_framework(list(framework = list(id = "mine", title = "Mine", extends = "scotland-core-suite")))
  expect_identical(of_file$counts, of_list$counts)
  expect_identical(c(of_file$id, of_list$id), c("mine", "mine"))
  engine <- reading()
  expect_identical(nrow(kilter_framework(engine)$problems), 0L)
  close(engine)
  expect_true("scotland-core-suite" %in% kilter_catalogue()$frameworks)
  expect_error(kilter_framework("scotland"), "catalogue has", class = "kilter_error_not_found")
  extends_nothing <- list(framework = list(id = "x", title = "X", extends = "nothing"))
  expect_error(kilter_framework(extends_nothing), "extends", class = "kilter_error_framework")
  expect_error(kilter_framework(list(framework = list(id = NA))), "NA has no place", class = "kilter_error_question")
})

test_that("what is not there is told with what is", {
  engine <- reading()
  expect_error(kilter_values(engine, "ni19"), "did you mean NI-19", class = "kilter_error_not_found")
  expect_error(kilter_values(engine, "NI-19", "Atlantis"), "area", class = "kilter_error_not_found")
  expect_error(kilter_evaluate(engine, "NI-19", level = "king"), "level", class = "kilter_error_not_found")
  expect_error(kilter_values(engine, as_at = 99), "release 99", class = "kilter_error_not_found")
  expect_error(kilter_evaluate(engine, "NI-19", period = "2021"), "2021", class = "kilter_error_period")
  expect_error(kilter_open(tempdir()), "not a kilter store", class = "kilter_error_store")
  close(engine)
})

test_that("arguments that are not known or not of their kind are refused by name", {
  engine <- reading()
  expect_error(kilter_values(engine, periode = "2023/24"), "periode", class = "kilter_error_question")
  expect_error(kilter_values(engine, "NI-19", made$area, "2023/24"), "without a name", class = "kilter_error_question")
  expect_error(kilter_values(engine, period = "2023/24", from = "2022/23"), "either", class = "kilter_error_question")
  expect_error(kilter_values(engine, 3), "indicator: text", class = "kilter_error_question")
  expect_error(kilter_values(engine, NA), "NA", class = "kilter_error_question")
  expect_error(kilter_values(engine, character()), "leave the argument out", class = "kilter_error_question")
  expect_error(kilter_values(engine, as_at = Sys.time()), "time of day", class = "kilter_error_question")
  expect_error(kilter_values(list()), "kilter_open", class = "kilter_error_question")
  expect_error(kilter_values(engine, rolling = -1), "rolling", class = "kilter_error_question")
  close(engine)
})

test_that("a refusal names the function that was called, and the argument that is at fault as R has it", {
  engine <- reading()
  close(engine)
  calls <- list(
    kilter_open = function() kilter_open("/nowhere"), kilter_releases = function() kilter_releases(engine),
    kilter_diff = function() kilter_diff(engine, 1, 2), kilter_values = function() kilter_values(engine),
    kilter_scorecard = function() kilter_scorecard(engine), kilter_backup = function() kilter_backup(engine, tempfile()),
    kilter_framework = function() kilter_framework("nowhere"), kilter_verify = function() kilter_verify("/nowhere"),
    method_mean = function() method_mean(c(1, NA)), kilter_migrate = function() kilter_migrate("/nowhere", tempfile())
  )
  for (name in names(calls)) {
    condition <- condition_of(calls[[name]]())
    expect_s3_class(condition, "kilter_error")
    expect_identical(as.character(conditionCall(condition)[[1]]), name)
  }
  expect_error(method_crude_rate("a", 3), "numerator: numbers were expected, and this is text of length 1")
  expect_error(method_completed_years(1, 2), "born: Dates were expected, and this is a number")
})

test_that("what is said is said in words of R, and not of the program", {
  own <- own_store()
  expect_error(kilter_scorecard(own), "say which (area)", fixed = TRUE, class = "kilter_error_question")
  expect_error(kilter_values(own, "no such"), "kilter_indicators() lists them", fixed = TRUE)
  close(own)
})

test_that("odd arguments are refused and never end the session", {
  engine <- reading()
  odd <- list(
    1.5, NULL, NA, NaN, Inf, -1, "", strrep("x", 1e4), TRUE, list(), list(1), quote(x), function(x) x, 1i, raw(2), globalenv(),
    as.POSIXct("2020-01-01"), as.Date(NA), factor("a"), matrix(1:4, 2), data.frame(a = 1), "\u00e9", "%n%s", letters
  )
  calls <- list(
    function(x) kilter_values(engine, x), function(x) kilter_values(engine, "NI-19", x),
    function(x) kilter_evaluate(engine, period = x), function(x) kilter_values(engine, as_at = x),
    function(x) kilter_values(engine, "NI-19", rolling = x), function(x) kilter_values(engine, "NI-19", every = x),
    function(x) kilter_scorecard(engine, x), function(x) kilter_explain(engine, x), function(x) kilter_diff(engine, x, x),
    function(x) kilter_what_if(engine, "NI-19", target = x), function(x) kilter_what_if(engine, "NI-19", tolerance = x),
    function(x) kilter_compare(engine, "NI-19", with = x), function(x) kilter_values(engine, "NI-19", confidence = x),
    function(x) kilter_open(x), function(x) kilter_framework(x), function(x) kilter_evaluate(engine, "NI-19", on = x),
    function(x) method_crude_rate(x, x), function(x) method_half_up(x, 2), function(x) method_xmr(x),
    function(x) method_mean(x), function(x) method_pooled(1, 2, by = x), function(x) method_completed_years(x, x),
    function(x) method_direct(x, 20, 30, c(a = 1)), function(x) method_direct("a", 20, 30, x), function(x) method_age_groups(x),
    function(x) method_run_chart(1:20, starts = x), function(x) method_half_up(1, x), function(x) method_primary(x, threshold = 4)
  )
  for (call in calls) {
    for (x in odd) {
      answer <- condition_of(call(x))
      if (inherits(answer, "error")) {
        expect_s3_class(answer, "kilter_error")
        expect_false(inherits(answer, "kilter_error_internal"), conditionMessage(answer))
      }
    }
  }
  close(engine)
})

test_that("text that is not UTF-8 is refused, and other encodings are read", {
  broken <- "abc\xff"
  Encoding(broken) <- "UTF-8"
  expect_error(method_pooled(1, 2, by = broken), "UTF-8", class = "kilter_error_data")
  latin <- "\xe9t\xe9"
  Encoding(latin) <- "latin1"
  expect_identical(method_pooled(1, 2, by = latin)$by, "\u00e9t\u00e9")
})

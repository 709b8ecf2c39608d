# The golden files through the methods give what they give in Rust, to the bit; the tables of the engine give the bytes
# that the program gives, and those that the Python package gives.

json <- function(line) kilter:::native("list_of_json", text = line)

# The path of a program of the workspace, built where it was not yet, with what the Rust tests were built with.
built <- function(kind, name) {
  old <- setwd(project)
  on.exit(setwd(old))
  said <- system2("cargo", c("build", "--quiet", "--workspace", kind, name, "--message-format", "json"), stdout = TRUE)
  artefacts <- lapply(grep("^\\{.*\"executable\":\"", said, value = TRUE), json)
  found <- Filter(function(artefact) identical(artefact$target$name, name), artefacts)
  stopifnot(length(found) >= 1)
  found[[1]]$executable
}

bits <- function(value) {
  vapply(value, function(one) {
    if (is.na(one)) return(NA_character_)
    paste(format(writeBin(one, raw(), endian = "big")), collapse = "")
  }, character(1), USE.NAMES = FALSE)
}

# A list of JSON as a vector, with NA for null.
vector_of <- function(cells) {
  cells <- as.list(cells)
  found <- lapply(cells, function(cell) if (is.null(cell)) NA else cell)
  unlist(found)
}

test_that("every method gives the bits that Rust gives", {
  golden <- Sys.getenv("KILTER_GOLDEN")
  if (!nzchar(golden) && is.null(beside("shared/golden", "the golden files"))) {
    return(expect_true(TRUE))
  }
  lines <- system2(built("--example", "method_bits"), stdout = TRUE)
  asked <- character()
  wrong <- character()
  for (line in lines) {
    call <- json(line)
    days <- startsWith(call$method, "completed_")
    columns <- lapply(call$columns, function(cells) {
      if (is.list(cells) && length(cells) == 2 && length(cells[[1]]) > 1 || identical(call$method, "direct") && is.list(cells) && length(cells) == 2 && is.character(cells[[1]])) {
        return(data.frame(band = vector_of(cells[[1]]), weight = vector_of(cells[[2]])))
      }
      if (days) as.Date(vector_of(cells)) else vector_of(cells)
    })
    method <- getExportedValue("kilter", paste0("method_", call$method))
    found <- do.call(method, c(unname(columns), call$settings))
    asked <- c(asked, call$method)
    for (key in names(call$out)) {
      expected <- vector_of(call$out[[key]])
      got <- found[[key]]
      # Bits are sixteen hexadecimal digits; words and counts are what they are.
      hexadecimal <- is.character(expected) && all(grepl("^[0-9a-f]{16}$", expected[!is.na(expected)]))
      if (is.numeric(got) && hexadecimal) got <- bits(got)
      if (all(is.na(expected)) && all(is.na(got)) && length(expected) == length(got)) next
      if (!identical(as.vector(got), as.vector(expected))) wrong <- c(wrong, paste(line, key))
    }
  }
  expect_identical(head(wrong, 5), character())
  # Fewer would mean that the files, or the calls, were lost on the way.
  least <- c(
    crude_rate = 200, proportion = 150, mean = 10, half_up = 200, quantiles = 15, xmr = 80, run_chart = 80, direct = 20,
    completed_years = 100, completed_months = 100
  )
  counts <- table(asked)
  expect_true(all(counts[names(least)] >= least))
})

asked_of_the_program <- list(
  list(c("values", "--every", "financial-year"), function(e) kilter_values(e, every = "financial-year")),
  list(c("values", "--rolling", "12"), function(e) kilter_values(e, rolling = 12)),
  list("evaluate", function(e) kilter_evaluate(e)),
  list("verdicts", function(e) kilter_verdicts(e)),
  list("compare", function(e) kilter_compare(e)),
  list("five-years", function(e) kilter_five_years(e)),
  list("chart", function(e) kilter_chart(e)),
  list(c("chart", "--runs"), function(e) kilter_run_chart(e)),
  list("funnel", function(e) kilter_funnel(e)),
  list(c("funnel", "--curve"), function(e) kilter_funnel_curve(e)),
  list("targets", function(e) kilter_targets(e)),
  list("levels", function(e) kilter_levels(e)),
  list(c("exceptions", "--level", "board"), function(e) kilter_exceptions(e, level = "board")),
  list("escalations", function(e) kilter_escalations(e)),
  list("needed", function(e) kilter_needed(e)),
  list("coverage", function(e) kilter_coverage(e)),
  list("map", function(e) kilter_strategy_map(e)),
  list("scorecard", function(e) kilter_scorecard(e)$table),
  list(c("scorecard", "--rolled"), function(e) kilter_scorecard(e)$rolled),
  list("releases", function(e) kilter_releases(e)),
  list("info", function(e) kilter_indicators(e)),
  list(c("diff", "--from", "5", "--to", "6"), function(e) kilter_diff(e, 5, 6)),
  list(c("what-if", "NI-19", "--target", "500"), function(e) kilter_what_if(e, "NI-19", target = 500)$summary),
  list(c("what-if", "NI-19", "--tolerance", "10%", "--by-period"), function(e) kilter_what_if(e, "NI-19", tolerance = "10%")$periods)
)

test_that("every table has the bytes that the program writes", {
  if (is.null(project)) {
    return(expect_null(beside("", "the bytes of the program")))
  }
  program <- built("--bin", "kilter")
  engine <- reading()
  for (asked in asked_of_the_program) {
    arguments <- c(asked[[1]][1], made$path, asked[[1]][-1], "--format", "csv")
    file <- tempfile()
    expect_identical(system2(program, shQuote(arguments), stdout = file), 0L)
    table <- asked[[2]](engine)
    expect_gt(nrow(table), 0)
    written <- tempfile()
    kilter_write(table, written)
    expect_identical(unname(tools::md5sum(written)), unname(tools::md5sum(file)), label = toString(arguments))
  }
  close(engine)
})

test_that("an explanation and a verification are those of the program", {
  if (is.null(project)) {
    return(expect_null(beside("", "the words of the program")))
  }
  program <- built("--bin", "kilter")
  said <- function(...) paste(system2(program, shQuote(c(...)), stdout = TRUE), collapse = "\n")
  engine <- reading()
  why <- kilter_explain(engine, "NI-19")
  expect_identical(trimws(why$text, "right"), trimws(said("explain", made$path, "NI-19"), "right"))
  expect_identical(as.list(why), json(said("explain", made$path, "NI-19", "--format", "json")))
  expect_identical(trimws(kilter_verify(engine)$text, "right"), trimws(said("verify", made$path), "right"))
  close(engine)
})

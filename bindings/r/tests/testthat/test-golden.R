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

# A column as a call takes it; several of one length are a data frame: a standard, a reference.
column_of <- function(cells, days = FALSE) {
  if (is.list(cells) && any(vapply(cells, is.list, logical(1)))) {
    parts <- lapply(cells, vector_of)
    return(as.data.frame(stats::setNames(parts, paste0("part", seq_along(parts)))))
  }
  if (days) as.Date(vector_of(cells)) else vector_of(cells)
}

# What Rust counts from 0, and R from 1: places that are given, and places and rows that come out.
given_from_one <- function(settings) {
  for (name in intersect(c("starts", "excluded"), names(settings))) settings[[name]] <- settings[[name]] + 1
  settings
}
found_from_one <- function(cells, method, key) {
  place <- key %in% c("segment", "part") || method == "sustained" && key == "from"
  if (!is.character(cells)) return(if (place) cells + 1 else cells)
  row <- grepl("^row [0-9]+", cells)
  cells[row] <- paste0("row ", as.numeric(sub("^row ([0-9]+).*", "\\1", cells[row])) + 1, sub("^row [0-9]+", "", cells[row]))
  cells
}

# Calls that Rust made, made again; what came out otherwise, in words.
differences_from <- function(lines, every_column = FALSE) {
  wrong <- character()
  for (line in lines) {
    call <- json(line)
    columns <- lapply(call$columns, column_of, days = startsWith(call$method, "completed_"))
    settings <- given_from_one(lapply(call$settings, vector_of))
    # A word of Python's own ends in an underscore there.
    names(settings) <- sub("_$", "", names(settings))
    found <- do.call(getExportedValue("kilter", paste0("method_", call$method)), c(unname(columns), settings))
    if (every_column && !identical(names(found), names(call$out))) wrong <- c(wrong, paste("the columns of", line))
    for (key in names(call$out)) {
      expected <- found_from_one(vector_of(call$out[[key]]), call$method, key)
      got <- found[[key]]
      # Numbers are told by their bits, counts and words as they are.
      if (is.numeric(got) && is.character(expected)) got <- bits(got)
      alike <- identical(is.na(got), is.na(expected)) &&
        (all(is.na(got)) || identical(got[!is.na(got)], expected[!is.na(expected)]))
      if (!alike) wrong <- c(wrong, paste(key, "of", line))
    }
  }
  wrong
}

methods_of <- function(lines) vapply(lines, function(line) json(line)$method, character(1), USE.NAMES = FALSE)

# Fewer calls would mean that the files, or the calls, were lost on the way.
of_the_golden_files <- c(
  crude_rate = 200, proportion = 150, mean = 10, half_up = 200, quantiles = 15, xmr = 80, run_chart = 80, direct = 20,
  completed_years = 100, completed_months = 100
)

test_that("every method gives the bits that Rust gives", {
  golden <- Sys.getenv("KILTER_GOLDEN")
  if (!nzchar(golden) && is.null(beside("shared/golden", "the golden files"))) {
    return(expect_true(TRUE))
  }
  lines <- system2(built("--example", "method_bits"), stdout = TRUE)
  expect_identical(head(differences_from(lines), 5), character())
  counts <- table(methods_of(lines))
  expect_true(all(counts[names(of_the_golden_files)] >= of_the_golden_files))
})

of_this_package <- sub("^method_", "", grep("^method_", getNamespaceExports("kilter"), value = TRUE))

test_that("every other method gives the table that Rust gives", {
  if (is.null(project)) {
    return(expect_null(beside("", "the tables of Rust")))
  }
  lines <- system2(built("--example", "method_tables"), stdout = TRUE)
  expect_identical(head(differences_from(lines, every_column = TRUE), 5), character())
  expect_setequal(unique(c(methods_of(lines), names(of_the_golden_files))), of_this_package)
})

test_that("the methods are those of Rust and of Python, no more and no less", {
  if (is.null(project)) {
    return(expect_null(beside("", "the methods of the other languages")))
  }
  sources <- list.files(file.path(project, "crates", "kilter-methods", "src"), "[.]rs$", full.names = TRUE)
  lines <- unlist(lapply(sources, readLines, encoding = "UTF-8"))
  of_rust <- sub("^pub fn ([a-z0-9_]+).*", "\\1", grep("^pub fn ", lines, value = TRUE))
  expect_setequal(of_this_package, of_rust)
  python <- readLines(file.path(project, "bindings", "python", "python", "kilter", "methods", "__init__.py"), encoding = "UTF-8")
  exported <- grep("^    \"[a-z0-9_]+\",$", python, value = TRUE)
  expect_setequal(of_this_package, gsub("[ \",]", "", exported))
})

test_that("every verb that Python has is here too", {
  if (is.null(project)) {
    return(expect_null(beside("", "the verbs of Python")))
  }
  lines <- readLines(file.path(project, "bindings", "python", "python", "kilter", "engine.py"), encoding = "UTF-8")
  verbs <- sub("^ *def ([a-z][a-z_]*)[(].*", "\\1", grep("^(    )?def [a-z]", lines, value = TRUE))
  expect_gt(length(verbs), 35)
  # An engine's path is a part of it, and closing is a method of R's own.
  verbs <- setdiff(verbs, c("path", "close"))
  expect_identical(setdiff(paste0("kilter_", verbs), getNamespaceExports("kilter")), character())
  lines <- readLines(file.path(project, "bindings", "python", "python", "kilter", "columns.py"), encoding = "UTF-8")
  about <- sub("^    def ([a-z]+)[(].*", "\\1", grep("^    def [a-z]", lines, value = TRUE))
  expect_true(all(c("statuses", "limits", "charts", "ranks") %in% about))
  of_columns <- sub("^kilter_column_", "", grep("^kilter_column_", getNamespaceExports("kilter"), value = TRUE))
  # What codes mean are constants there.
  expect_setequal(setdiff(of_columns, "codes"), about)
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

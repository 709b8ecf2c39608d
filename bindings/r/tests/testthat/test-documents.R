# What is knitted, drawn and shown.

test_that("every answer knits as a table or text, in each format, with a word beside every colour", {
  engine <- reading()
  card <- kilter_scorecard(engine)
  expect_match(kilter:::knitted_table(card$table, format = "html"), "▲&nbsp;amber", fixed = TRUE)
  pipe <- kilter:::knitted_table(card$table, format = "pipe")
  expect_match(pipe, "▲ amber", fixed = TRUE)
  latex <- kilter:::knitted_table(card$table, format = "latex")
  expect_match(latex, "$\\bigtriangleup$ amber", fixed = TRUE)
  expect_match(latex, "\\begin{longtable}", fixed = TRUE)
  # Every sign that LaTeX reads as a command is kept from it.
  expect_false(grepl("[^\\\\]%", latex))
  for (shown in list(card, kilter_evaluate(engine), kilter_explain(engine, "NI-19"), kilter_what_if(engine, "NI-19", target = 5),
                     kilter_framework(engine))) {
    knitted <- knitr::knit_print(shown)
    expect_s3_class(knitted, "knit_asis")
    expect_gt(nchar(knitted), 100)
  }
  expect_match(knitr::knit_print(kilter_values(engine, every = "month")), "more rows")
  close(engine)
})

test_that("text of a file is no markup", {
  frame <- data.frame(reason = c("<script>alert(1)</script>", "a | b", "50% & $x_1$ \\end{document}"))
  html <- kilter:::knitted_table(frame, format = "html")
  expect_false(grepl("<script>", html, fixed = TRUE))
  expect_match(html, "&lt;script&gt;", fixed = TRUE)
  expect_match(kilter:::knitted_table(frame, format = "pipe"), "a &#124; b", fixed = TRUE)
  expect_match(kilter:::knitted_table(frame, format = "latex"), "50\\% \\& \\$x\\_1\\$ \\textbackslash{}end\\{document\\}", fixed = TRUE)
})

plots <- function(engine) {
  list(
    series = ggplot2::autoplot(kilter_series(engine, "NI-19", made$area),
                               evaluation = kilter_evaluate(engine, "NI-19", made$area, period = "2023/24")),
    months = ggplot2::autoplot(kilter_series(engine, "NI-19", made$area, every = "month", rolling = 12)),
    control = ggplot2::autoplot(kilter_chart(engine, "MSG-1a", made$area)),
    run = ggplot2::autoplot(kilter_run_chart(engine, "MSG-1a", made$area)),
    funnel = ggplot2::autoplot(kilter_funnel(engine, "NI-19"), curve = kilter_funnel_curve(engine, "NI-19")),
    five_years = ggplot2::autoplot(kilter_five_years(engine, "NI-19", made$area)),
    scorecard = ggplot2::autoplot(kilter_scorecard(engine))
  )
}

test_that("every drawing is drawn, and said in words", {
  engine <- reading()
  for (plot in plots(engine)) {
    file <- tempfile(fileext = ".png")
    ggplot2::ggsave(file, plot, width = 8, height = 5, dpi = 60)
    expect_gt(file.size(file), 3000)
    words <- ggplot2::get_alt_text(plot)
    expect_gt(nchar(words), 40)
    expect_false(grepl("NA|NULL", words), label = words)
  }
  expect_error(ggplot2::autoplot(kilter_values(engine)), "a plot is of one", class = "kilter_error_question")
  expect_error(ggplot2::autoplot(kilter_values(engine, "NI-19", as_at = "1990-01-01")), "nothing to plot",
               class = "kilter_error_question")
  close(engine)
})

luminance <- function(colour) {
  share <- grDevices::col2rgb(colour)[, 1] / 255
  share <- ifelse(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055)^2.4)
  sum(c(0.2126, 0.7152, 0.0722) * share)
}

test_that("statuses are legible on their ground, and differ in shape and word", {
  for (word in names(kilter:::symbols)) {
    both <- sort(c(luminance(kilter:::status_grounds[[word]]), luminance(kilter:::status_inks[[word]])))
    expect_gte((both[2] + 0.05) / (both[1] + 0.05), 4.5)
  }
  expect_identical(anyDuplicated(kilter:::symbols), 0L)
  expect_identical(anyDuplicated(kilter:::status_shapes), 0L)
})

knitted <- function(file, format, ...) {
  rmarkdown::render(file, format, output_dir = tempfile("knit-"), intermediates_dir = tempfile("knit-"), quiet = TRUE,
                    envir = new.env(parent = globalenv()), ...)
}

test_that("the vignettes run from beginning to end", {
  folder <- if (is.null(project)) system.file("doc", package = "kilter") else file.path(project, "bindings", "r", "vignettes")
  vignettes <- list.files(folder, "[.]Rmd$", full.names = TRUE)
  expect_identical(basename(vignettes), c("board-table.Rmd", "methods.Rmd"))
  if (!rmarkdown::pandoc_available()) {
    stop("pandoc is needed to knit the vignettes")
  }
  for (vignette in vignettes) {
    lines <- readLines(knitted(vignette, "html_document"), encoding = "UTF-8")
    # Fixed texts: the pictures stand in lines so long that a regular expression takes a minute.
    has <- function(text) any(grepl(text, lines, fixed = TRUE))
    # A refusal is shown where it is caught, and nowhere else.
    expect_false(has("## Error") || has("## Warning") || has("Warning in"))
    if (basename(vignette) == "board-table.Rmd") {
      expected <- if (is.null(project) || is.null(beside("shared/data", basename(vignette)))) "Invented figures" else "Published files"
      expect_true(has(expected))
      expect_true(has("▲&nbsp;amber") || has("▲\u00a0amber"))
    }
  }
})

test_that("a scorecard is a proper table in Word and in LaTeX", {
  page <- tempfile(fileext = ".Rmd")
  writeLines(c(
    "---", "title: Board", "---", "", "```{r, echo = FALSE}", "library(kilter)",
    paste0("engine <- kilter_open(", deparse(made$path), ")"), "kilter_scorecard(engine)",
    "kilter_evaluate(engine, \"NI-19\", period = \"2023/24\")", "close(engine)", "```"
  ), page)
  parts <- tempfile("word-")
  utils::unzip(knitted(page, "word_document"), "word/document.xml", exdir = parts)
  word <- paste(readLines(file.path(parts, "word", "document.xml"), encoding = "UTF-8", warn = FALSE), collapse = "\n")
  tables <- lengths(regmatches(word, gregexpr("<w:tbl>", word, fixed = TRUE)))
  expect_gte(tables, 3)
  for (status in c("amber", "red")) expect_match(word, paste(kilter:::symbols[[status]], status), fixed = TRUE)
  # Nothing of the table's own signs, or of the console's, is left in the text.
  expect_false(grepl("[|]--|:--|# A tibble|&lt;span", word))
  latex <- paste(readLines(knitted(page, "latex_document"), encoding = "UTF-8"), collapse = "\n")
  expect_match(latex, "\\begin{longtable}", fixed = TRUE)
  expect_match(latex, "$\\bigtriangleup$ amber", fixed = TRUE)
  expect_false(grepl("▲|# A tibble", latex))
})

test_that("the Python package in an R session gives the same table", {
  if (is.null(project)) {
    return(expect_null(beside("", "the Python package")))
  }
  module <- list.files(file.path(project, "bindings", "python", "python", "kilter"), "^_native.*[.]so$")
  if (length(module) == 0 || !requireNamespace("reticulate", quietly = TRUE)) {
    if (identical(Sys.getenv("CI"), "true")) stop("the Python package is not built, or reticulate is missing")
    message("\nreticulate: not checked, for the Python package is not built or reticulate is missing")
    return(expect_true(TRUE))
  }
  # In a session of its own: Python cannot be unloaded. A Python without packages, for the reticulate of Debian 12 refuses
  # the NumPy of today.
  notebook <- file.path(project, "bindings", "r", "notebooks", "reticulate.Rmd")
  script <- tempfile(fileext = ".R")
  writeLines(c(
    paste0(".libPaths(", deparse1(.libPaths()), ")"),
    paste0("rmarkdown::render(", deparse(notebook), ", output_dir = tempdir(), intermediates_dir = tempdir(), quiet = TRUE)"),
    "cat(\"the same table\\n\")"
  ), script)
  path <- file.path(project, "bindings", "python", "python")
  said <- system2(
    file.path(R.home("bin"), "Rscript"), c("--vanilla", script), stdout = TRUE, stderr = TRUE,
    env = c(paste0("PYTHONPATH=", path), "KILTER_PYTHON=/usr/bin/python3", "RETICULATE_MINICONDA_ENABLED=FALSE")
  )
  expect_match(paste(said, collapse = "\n"), "the same table")
})

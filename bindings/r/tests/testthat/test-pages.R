# The lines of R on the pages run, in order, and give no warning.

run_blocks <- function(path) {
  lines <- readLines(path, encoding = "UTF-8")
  fences <- grep("^```", lines)
  starts <- fences[lines[fences] == "```r"]
  code <- unlist(lapply(starts, function(start) lines[(start + 1):(min(fences[fences > start]) - 1)]))
  old <- setwd(empty_folder())
  on.exit(setwd(old))
  expect_silent(capture.output(source(exprs = parse(text = code), local = new.env(parent = globalenv()), print.eval = TRUE)))
  length(starts)
}

empty_folder <- function() {
  folder <- tempfile("page-")
  dir.create(folder)
  folder
}

test_that("the lines of R on the pages run", {
  if (is.null(project)) {
    return(expect_null(beside("", "the pages")))
  }
  expect_identical(run_blocks(file.path(project, "README.md")), 1L)
  expect_identical(run_blocks(file.path(project, "bindings", "r", "README.md")), 2L)
})

# Every help page has an example, and every example runs.

test_that("every function has a help page with what it gives, takes and refuses, whose example runs", {
  folder <- if (is.null(project)) NULL else file.path(project, "bindings", "r", "man")
  pages <- if (is.null(folder)) {
    tools::Rd_db("kilter")
  } else {
    found <- list.files(folder, "[.]Rd$", full.names = TRUE)
    stats::setNames(lapply(found, tools::parse_Rd), basename(found))
  }
  documented <- unlist(lapply(pages, function(page) {
    tags <- vapply(page, attr, character(1), "Rd_tag")
    vapply(page[tags == "\\alias"], function(alias) as.character(alias[[1]]), character(1))
  }))
  expect_identical(setdiff(getNamespaceExports("kilter"), documented), character())
  # Pages on a subject, and not on a function.
  subjects <- c("questions.Rd", "methods_of_kilter.Rd", "kilter-package.Rd")
  for (name in setdiff(names(pages), subjects)) {
    page <- pages[[name]]
    tags <- vapply(page, attr, character(1), "Rd_tag")
    sections <- vapply(page[tags == "\\section"], function(of) paste(unlist(of[[1]]), collapse = ""), character(1))
    parts <- c("\\value", "\\examples", if (name != "kilter_catalogue.Rd") "\\arguments", if (startsWith(name, "method_")) "\\source")
    expect_identical(setdiff(parts, tags), character(), label = name)
    expect_true("Errors" %in% sections, label = name)
  }
  for (name in names(pages)) {
    code <- tempfile(fileext = ".R")
    tools::Rd2ex(pages[[name]], code)
    if (!file.exists(code)) {
      expect_true(name %in% subjects, label = name)
      next
    }
    grDevices::png(tempfile(fileext = ".png"))
    said <- try(capture.output(source(code, local = new.env(parent = globalenv()), echo = FALSE)), silent = TRUE)
    grDevices::dev.off()
    expect_false(inherits(said, "try-error"), label = paste(name, said[1]))
  }
})

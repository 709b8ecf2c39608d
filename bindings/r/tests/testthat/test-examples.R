# Every help page has an example, and every example runs.

test_that("every function has a help page whose example runs", {
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
  for (name in names(pages)) {
    code <- tempfile(fileext = ".R")
    tools::Rd2ex(pages[[name]], code)
    if (!file.exists(code)) {
      expect_true(name %in% c("questions.Rd", "methods_of_kilter.Rd", "kilter-package.Rd", "kilter_catalogue.Rd"), label = name)
      next
    }
    grDevices::png(tempfile(fileext = ".png"))
    said <- try(capture.output(source(code, local = new.env(parent = globalenv()), echo = FALSE)), silent = TRUE)
    grDevices::dev.off()
    expect_false(inherits(said, "try-error"), label = paste(name, said[1]))
  }
})

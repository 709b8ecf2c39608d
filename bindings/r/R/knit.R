# How answers show themselves in a knitted document: as tables, in HTML, Word and PDF alike. A status is a symbol and a
# word, and in HTML a colour besides.

statuses <- c("status", "colour", "computed", "projected_status", "old_status", "new_status", "what_if_status")
shown_rows <- 20

#' Answers in a knitted document
#'
#' In R Markdown a table of the engine, a scorecard, a receipt, an explanation and what if show themselves as proper
#' tables or text, in HTML, Word and PDF output. A table shows its first 20 rows, without the columns in which nothing
#' stands, and numbers rounded to two decimals; a status is a symbol and a word, in HTML with its colour besides.
#'
#' @param x An answer.
#' @param ... Not used.
#' @param options,inline As knitr gives them; not used.
#' @return What `knitr::asis_output()` gives.
#' @section Errors: None of its own; what is not there is left out.
#' @examples
#' if (requireNamespace("knitr", quietly = TRUE)) {
#'   engine <- kilter_open(kilter_demo()$path)
#'   knitr::knit_print(kilter_releases(engine))
#'   close(engine)
#' }
#' @name knit_print_of_kilter
NULL

knit_format <- function() {
  if (knitr::is_latex_output()) "latex" else if (knitr::is_html_output()) "html" else "pipe"
}

# A status in the words of a format.
status_cell <- function(word, format) {
  known <- !is.na(word) & word %in% names(symbols)
  found <- text_or(word, "")
  if (format == "html") {
    style <- paste0(
      "background:", status_grounds[word], ";color:", status_inks[word],
      ";padding:.1em .5em;border-radius:.3em;white-space:nowrap"
    )
    found[known] <- paste0("<span style=\"", style, "\">", symbols[word], "&nbsp;", word, "</span>")[known]
  } else if (format == "latex") {
    # Signs that every LaTeX has.
    signs <- c(green = "$\\bullet$", amber = "$\\bigtriangleup$", red = "$\\diamond$", `not assessed` = "$\\circ$")
    found[known] <- paste(signs[word], word)[known]
  } else {
    found[known] <- paste(symbols[word], word)[known]
  }
  found
}

escaped <- function(text, format) {
  text <- text_or(as.character(text), "")
  switch(format,
    html = gsub("\"", "&quot;", gsub(">", "&gt;", gsub("<", "&lt;", gsub("&", "&amp;", text, fixed = TRUE), fixed = TRUE),
                                     fixed = TRUE), fixed = TRUE),
    latex = escaped_latex(text),
    # The sign between cells is kept apart by knitr.
    gsub("([*_`<>\\\\$#\\[\\]])", "\\\\\\1", text, perl = TRUE)
  )
}

escaped_latex <- function(text) {
  # The backslash goes first, under a sign that no text holds.
  text <- gsub("\\", "\001", text, fixed = TRUE)
  text <- gsub("([#$%&_{}])", "\\\\\\1", text, perl = TRUE)
  text <- gsub("~", "\\textasciitilde{}", text, fixed = TRUE)
  text <- gsub("^", "\\textasciicircum{}", text, fixed = TRUE)
  gsub("\001", "\\textbackslash{}", text, fixed = TRUE)
}

knitted_table <- function(x, caption = NULL, rows = shown_rows, format = knit_format()) {
  x <- as.data.frame(x)
  all <- nrow(x)
  if (all == 0) {
    return("\n\nNothing to show.\n\n")
  }
  kept <- vapply(x, function(column) any(!is.na(column) & nzchar(as.character(column))), logical(1))
  x <- utils::head(x[, kept, drop = FALSE], rows)
  numeric <- vapply(x, is.numeric, logical(1))
  cells <- lapply(names(x), function(name) {
    if (name %in% statuses) return(status_cell(x[[name]], format))
    # A release and a row are counted, and have no thousands.
    if (numeric[[name]]) return(escaped(format_number(x[[name]]), format))
    escaped(x[[name]], format)
  })
  cells <- as.data.frame(stats::setNames(cells, names(x)), check.names = FALSE)
  table <- knitr::kable(
    cells, format = format, escape = FALSE, align = ifelse(numeric, "r", "l"), col.names = gsub("_", " ", names(x)),
    row.names = FALSE, caption = caption, booktabs = FALSE, longtable = format == "latex" && nrow(x) > 12
  )
  more <- if (all > rows) paste0("\n\n... and ", format(all - rows, big.mark = ","), " more rows\n") else ""
  paste0("\n\n", paste(table, collapse = "\n"), more, "\n\n")
}

# Text as it is written.
knitted_text <- function(x) {
  text <- paste(format(x), collapse = "\n")
  fence <- strrep("`", max(3, nchar(unlist(regmatches(text, gregexpr("`+", text)))) + 1))
  paste0("\n\n", fence, "\n", text, "\n", fence, "\n\n")
}

#' @rdname knit_print_of_kilter
#' @exportS3Method knitr::knit_print
knit_print.kilter_table <- function(x, ..., options = NULL, inline = FALSE) {
  knitr::asis_output(knitted_table(x))
}

#' @rdname knit_print_of_kilter
#' @exportS3Method knitr::knit_print
knit_print.kilter_scorecard <- function(x, ..., options = NULL, inline = FALSE) {
  format <- knit_format()
  counts <- summary(x)
  count <- paste(status_cell(names(counts), format), counts, collapse = "; ")
  # What is not observed at all is counted above, and would hide what is.
  lines <- x$table[!is.na(x$table$period), ]
  columns <- c("indicator", "title", "period", "value", "unit", "target", "status", "reason", "short_trend")
  lines <- knitted_table(lines[, columns], rows = nrow(lines), format = format)
  rolled <- x$rolled[x$rolled$kind != "overall" & !is.na(x$rolled$colour), ]
  columns <- c("kind", "id", "title", "colour", "green", "amber", "red", "not_assessed")
  rolled <- if (nrow(rolled) > 0) knitted_table(rolled[, columns], rows = nrow(rolled), format = format) else ""
  knitr::asis_output(paste0("\n\n", count, "\n\n", lines, rolled))
}

#' @rdname knit_print_of_kilter
#' @exportS3Method knitr::knit_print
knit_print.kilter_what_if <- function(x, ..., options = NULL, inline = FALSE) {
  knitr::asis_output(knitted_table(x$summary))
}

#' @rdname knit_print_of_kilter
#' @exportS3Method knitr::knit_print
knit_print.kilter_explanation <- function(x, ..., options = NULL, inline = FALSE) {
  knitr::asis_output(knitted_text(x))
}

#' @rdname knit_print_of_kilter
#' @exportS3Method knitr::knit_print
knit_print.kilter_receipt <- function(x, ..., options = NULL, inline = FALSE) {
  shown <- if (x$rejected > 0) knitted_table(x$rejections) else ""
  knitr::asis_output(paste0(knitted_text(x), shown))
}

#' @rdname knit_print_of_kilter
#' @exportS3Method knitr::knit_print
knit_print.kilter_framework <- function(x, ..., options = NULL, inline = FALSE) {
  knitr::asis_output(knitted_text(x))
}

# The one way to the native part: texts go there in UTF-8, a refusal comes back as a list and becomes a
# condition, an interrupt becomes an interrupt.

#' @useDynLib kilter, .registration = TRUE
NULL

native <- function(verb, ..., call = sys.call(sys.parent())) {
  settle(.Call(wrap__kilter_call, verb, utf8(list(...))), call)
}

# What is not valid UTF-8 is refused by the native part, which sees each different text once.
utf8 <- function(x) {
  if (is.character(x)) {
    x <- enc2utf8(x)
  } else if (is.factor(x)) {
    attr(x, "levels") <- utf8(levels(x))
  } else if (is.list(x)) {
    for (place in seq_along(x)) {
      if (is.character(x[[place]]) || is.factor(x[[place]]) || is.list(x[[place]])) {
        x[[place]] <- utf8(x[[place]])
      }
    }
  }
  if (!is.null(names(x))) {
    attr(x, "names") <- enc2utf8(names(x))
  }
  x
}

settle <- function(answer, call) {
  if (!inherits(answer, "kilter_failure")) {
    return(answer)
  }
  if ("kilter_interrupt" %in% answer$class) {
    return(interrupt())
  }
  stop(failure_condition(answer, call))
}

failure_condition <- function(answer, call) {
  condition <- errorCondition(answer$message, class = c(answer$class, "kilter_error"), call = call)
  if (!is.null(answer$problems)) {
    condition$problems <- as_result(answer$problems)
  }
  if (!is.null(answer$receipt)) {
    condition$receipt <- new_receipt(answer$receipt)
    condition$rejections <- condition$receipt$rejections
  }
  condition
}

# Signals what the keyboard would have.
interrupt <- function() {
  signalCondition(structure(class = c("interrupt", "condition"), list(message = "", call = NULL)))
  invokeRestart("abort")
}

refuse <- function(class, ..., call = sys.call(-1)) {
  stop(errorCondition(paste0(...), class = c(paste0("kilter_error_", class), "kilter_error"), call = call))
}

# Arguments after the first ones are named; what is not known is a misspelling.
nothing_else <- function(..., call = sys.call(-1)) {
  if (...length() == 0L) {
    return(invisible())
  }
  names <- ...names()
  if (is.null(names)) {
    names <- character(...length())
  }
  told <- ifelse(is.na(names) | names == "", "one without a name", names)
  refuse("question", "arguments that are not known here: ", paste(told, collapse = ", "),
         "; all but the first ones are given by name", call = call)
}

# A data frame of results: a tibble where tibble is installed.
as_result <- function(x, class = NULL) {
  if (has_tibble()) {
    class(x) <- c(class, "tbl_df", "tbl", "data.frame")
  } else {
    class(x) <- c(class, "data.frame")
  }
  x
}

installed <- new.env(parent = emptyenv())

has_tibble <- function() {
  if (is.null(installed$tibble)) {
    installed$tibble <- requireNamespace("tibble", quietly = TRUE)
  }
  installed$tibble
}

wanted <- function(package, by) {
  if (!requireNamespace(package, quietly = TRUE)) {
    stop(by, " needs the package ", package, "; install.packages(\"", package, "\") brings it", call. = FALSE)
  }
}

# Ten million rows into the native part and out of it, beside copying their columns in R, in one run; and how long loading
# takes. Rscript measure.R [rows]; the least of several times is told, since other work on the machine only adds to it.

given <- commandArgs(trailingOnly = TRUE)
rows <- if (length(given) > 0) as.numeric(given[1]) else 1e7
loading <- system.time(library(kilter))[["elapsed"]]

least <- function(work) {
  min(vapply(1:3, function(time) {
    gc()
    system.time(work())[["elapsed"]]
  }, numeric(1)))
}

told <- function(what, seconds, beside = NULL) {
  share <- if (is.null(beside)) "" else sprintf("%6.2f times the copy", seconds / beside)
  cat(sprintf("%-64s %8.3f s %s\n", what, seconds, share))
}

# A new vector with the same cells: what any conversion does at least.
copied <- function(frame) lapply(frame, function(column) column[seq_along(column)])

told("library(kilter)", loading)
set.seed(1)
areas <- sprintf("S1200%04d", 1:32)
frame <- data.frame(
  date = as.Date("2000-01-01") + sample.int(9000, rows, replace = TRUE), area = sample(areas, rows, replace = TRUE),
  value = runif(rows)
)
coded <- frame
coded$area <- factor(coded$area)

copy <- least(function() copied(frame))
told(sprintf("copy of the columns of %s rows", format(rows, big.mark = ",")), copy)
told("in: date, text, number", least(function() kilter:::native("taken", frame = frame)), copy)
told("in: date, factor, number", least(function() kilter:::native("taken", frame = coded)), copy)
told("in and out again: date, text, number", least(function() kilter:::native("returned", frame = frame)), 2 * copy)

numerator <- as.numeric(sample.int(500, rows, replace = TRUE))
denominator <- rep(1e4, rows)
half <- least(function() copied(list(numerator)))
told("copy of one column of numbers", half)
told("one column in and out: method_half_up()", least(function() method_half_up(numerator, 20)), 2 * half)
rates <- method_crude_rate(numerator, denominator, per = 1000)
answer <- least(function() copied(rates))
told("copy of the columns of a table of rates", answer)
told("the rates: in, reckoned with their limits, out", least(function() method_crude_rate(numerator, denominator, per = 1000)))
told("rates by hand in R, without limits", least(function() numerator / denominator * 1000))

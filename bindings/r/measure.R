# Ten million rows into the native part and out of it, beside copying their columns in R, in one run; and how long loading
# takes. Rscript measure.R [rows]; seconds of the processor, the least of several times: other work only adds to it.

given <- commandArgs(trailingOnly = TRUE)
rows <- if (length(given) > 0) as.numeric(given[1]) else 1e7
loading <- system.time(library(kilter))[["elapsed"]]

# The least seconds of the processor that several pieces of work take, in turns, so that what else goes on falls on all.
least <- function(..., times = 5) {
  work <- list(...)
  found <- vapply(seq_len(times), function(time) {
    vapply(work, function(one) {
      gc()
      sum(system.time(one())[c("user.self", "sys.self")])
    }, numeric(1))
  }, numeric(length(work)))
  if (length(work) == 1) min(found) else apply(found, 1, min)
}

told <- function(what, seconds, beside = NULL) {
  share <- if (is.null(beside)) "" else sprintf("%6.2f times the copy", seconds / beside)
  cat(sprintf("%-64s %8.3f s %s\n", what, seconds, share))
}

# The copy that R itself makes of a vector of which one cell is changed: its memory, and nothing else. Classes are left out,
# since their methods copy more than once.
plain <- function(frame) lapply(frame, function(column) if (is.factor(column)) as.integer(column) else as.vector(unclass(column)))
copied <- function(columns) {
  lapply(columns, function(column) {
    column[[1]] <- column[[1]]
    column
  })
}

told("library(kilter)", loading)
set.seed(1)
areas <- sprintf("S1200%04d", 1:32)
frame <- data.frame(
  date = as.Date("2000-01-01") + sample.int(9000, rows, replace = TRUE), area = sample(areas, rows, replace = TRUE),
  value = runif(rows)
)
coded <- frame
coded$area <- factor(coded$area)


passed <- function(what, frame) {
  columns <- plain(frame)
  times <- least(
    function() copied(columns), function() kilter:::native("taken", frame = frame),
    function() kilter:::native("returned", frame = frame)
  )
  told(sprintf("copy of %s: %s", format(nrow(frame), big.mark = ","), what), times[1])
  told("  in", times[2], times[1])
  told("  out, after in", times[3] - times[2], times[1])
}

passed("date, text, number", frame)
passed("date, factor, number", coded)
gaps <- frame
for (column in names(gaps)) gaps[[column]][sample.int(rows, rows / 10)] <- NA
passed("date, text, number, a tenth of them NA", gaps)
passed("numbers", data.frame(a = runif(rows), b = runif(rows), c = runif(rows)))
passed("whole numbers", data.frame(a = sample.int(rows), b = sample.int(rows), c = sample.int(rows)))
different <- data.frame(a = sprintf("person %d", seq_len(rows / 10)))
told(sprintf("in and out again: %s texts that are all different", format(nrow(different), big.mark = ",")),
     least(function() kilter:::native("returned", frame = different)))

numerator <- as.numeric(sample.int(500, rows, replace = TRUE))
denominator <- rep(1e4, rows)
rates <- method_crude_rate(numerator, denominator, per = 1000)
copy <- least(function() copied(c(list(numerator, denominator), plain(rates))))
told("copy of two columns of figures and of the table of their rates", copy)
told("  the rates with their limits", least(function() method_crude_rate(numerator, denominator, per = 1000)), copy)
told("  rates by hand in R, without limits", least(function() numerator / denominator * 1000), copy)

# Observations through the engine: checked row by row, and kept on disk.
councils <- c("S12000005", "S12000006", "S12000008", "S12000010", "S12000011", "S12000013", "S12000014", "S12000017",
              "S12000018", "S12000019")
months <- sprintf("%d-%02d", rep(2000:2023, each = 12), 1:12)
each <- length(councils) * length(months)
sites <- rows %/% each
framework <- list(
  framework = list(id = "measure", title = "Measured", extends = "scotland-core-suite"),
  measure = list(list(
    id = "m", title = "M", unit = "n", frequency = "month", over_time = "sum", over_areas = "sum",
    dimensions = list(list(id = "site"))
  ))
)
figures <- data.frame(
  measure = factor(rep("m", sites * each)), area = factor(rep(councils, times = sites * length(months))),
  period = factor(rep(rep(months, each = length(councils)), times = sites)),
  site = factor(rep(seq_len(sites), each = each)), value = as.numeric(seq_len(sites * each))
)
engine <- kilter_create(tempfile(), framework, known_at = "2000-01-01")
taken <- system.time(receipt <- kilter_ingest(engine, figures, source = "made", known_at = "2024-02-01"))[["elapsed"]]
told(sprintf("kilter_ingest() of %s observations as factors", format(receipt$accepted, big.mark = ",")), taken)
close(engine)

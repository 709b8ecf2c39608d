# What people use in R, timed like kilter: a child of the program `compare` (see peers.py). The same jobs as there, J1 to
# J4, J8 and J9 for data.table, and J2, J3, J4 and J8 for dplyr, in their best idiomatic form; and kilter itself through R.

arguments <- commandArgs(trailingOnly = TRUE)
asked <- setNames(as.list(arguments[c(FALSE, TRUE)]), arguments[c(TRUE, FALSE)])
tool <- asked[["--child"]]
runs <- as.integer(asked[["--runs"]])
folder <- asked[["--folder"]]
jobs <- strsplit(asked[["--jobs"]], ",")[[1]]
size <- list(S = c(32, 40, 120), M = c(1300, 40, 120), L = c(7000, 60, 120))[[asked[["--size"]]]]
areas <- size[1]; indicators <- size[2]; months <- size[3]
window <- 12; per <- 100000; target <- 75; limit <- 75 + 75 * 5 / 100; z <- 1.959963984540054
outcomes <- 9; peers <- 50; years <- 6; nation_code <- "S00000001"

# Figures of peers are read with data.table, whoever they are for.
packages <- switch(tool, "kilter-r" = "kilter", dplyr = c("data.table", "dplyr"), "data.table")
for (package in packages) suppressPackageStartupMessages(library(package, character.only = TRUE))
if ("data.table" %in% packages) setDTthreads(as.integer(asked[["--threads"]]))
versions <- vapply(packages, function(package) format(packageVersion(package)), "")
cat(sprintf('{"versions": "R %s, %s"}\n', getRversion(), paste(packages, versions, collapse = ", ")))

path <- function(name) file.path(folder, name)

# R's clock tells whole milliseconds: what takes less than one is done several times in each run.
timed <- function(job, way, work, answers = list(), times = 1) {
  wall <- cpu <- numeric(runs)
  for (run in seq_len(runs)) {
    gc(FALSE)
    before <- proc.time()
    for (time in seq_len(times)) result <- work()
    took <- proc.time() - before
    wall[run] <- took[["elapsed"]] * 1e3 / times
    cpu[run] <- (took[["user.self"]] + took[["sys.self"]]) * 1e3 / times
  }
  status <- readLines("/proc/self/status")
  peak <- as.numeric(gsub("[^0-9]", "", grep("^VmHWM", status, value = TRUE))) / 1024
  names <- character(0)
  for (n in seq_along(answers)) {
    name <- gsub(" ", "-", sprintf("%s.%s.%s.%d.f64", job, tool, way, n - 1L))
    numbers <- as.double(answers[[n]](result))
    numbers[is.na(numbers)] <- NaN
    writeBin(numbers, path(file.path("answers", name)), size = 8, endian = "little")
    names <- c(names, name)
  }
  list_of <- function(x) paste(format(x, digits = 9, scientific = FALSE, trim = TRUE), collapse = ", ")
  quoted <- if (length(names)) paste0('"', names, '"', collapse = ", ") else ""
  cat(sprintf('{"tool": "%s", "job": "%s", "way": "%s", "wall": [%s], "cpu": [%s], "peak": %f, "answers": [%s]}\n',
              tool, job, way, list_of(wall), list_of(cpu), peak, quoted))
  invisible(result)
}

# kilter through R: the columns of the door in Rust as matrices. Beside each job stands what R itself takes to copy the
# vectors of the answer, which no answer in R's memory can do without.
if (tool == "kilter-r") {
  engine <- kilter_open(path("store"))
  monthly <- sprintf("I-%d", seq_len(indicators) - 1L)
  copied <- function(of) {
    if (is.list(of)) lapply(of, copied) else if (is.character(of)) of else if (is.raw(of)) of | of else of + 0L
  }
  beside_copy <- function(job, work, answers, times = 1) {
    result <- timed(job, "columns", work, answers, times)
    timed(job, "copy in R", function() copied(result), times = times)
  }
  placed <- function(columns, pick) {
    each <- function(id) pick(id)[, colnames(columns[[id]]$values) != nation_code]
    unlist(lapply(names(columns), each))
  }
  rolling <- function() kilter_columns(engine, monthly, rolling = window, from = "2015-03")
  windows <- rolling()
  if ("J2" %in% jobs) {
    beside_copy("J2", rolling, list(function(r) placed(r, function(id) r[[id]]$values)))
  }
  if (any(c("J3", "J6") %in% jobs)) by_month <- kilter_columns(engine, monthly)
  if ("J3" %in% jobs) {
    beside_copy("J3", function() {
      found <- kilter_column_statuses(by_month)
      tallies <- vapply(found, function(of) c(of$green, of$amber, of$red), numeric(3))
      list(found, rowsum(t(tallies), (seq_len(indicators) - 1L) %% outcomes))
    }, list(function(r) placed(by_month, function(id) ifelse(r[[1]][[id]]$codes < 4, r[[1]][[id]]$codes, 0))))
  }
  if ("J4" %in% jobs) {
    # Better is 1 and worse is 3 among the standings.
    standing <- function(places) matrix(c(1, 0, 2)[places], nrow(places))
    beside_copy("J4", function() kilter_column_limits(windows), list(
      function(r) placed(windows, function(id) r[[id]]$lower),
      function(r) placed(windows, function(id) r[[id]]$upper),
      function(r) placed(windows, function(id) {
        found <- standing(r[[id]]$standings)
        ifelse(is.na(found), 3, found)
      })))
  }
  if ("J5" %in% jobs) {
    of_age <- sprintf("D-%d", 0:3)
    kilter_columns(engine, of_age)
    beside_copy("J5", function() kilter_columns(engine, of_age),
                list(function(r) placed(r, function(id) r[[id]]$values)), times = 20)
  }
  if ("J6" %in% jobs) {
    lines <- function(id, lines) {
      here <- colnames(by_month[[id]]$values)[lines$area] != nation_code
      rbind(lines$centre, lines$lower, lines$upper)[, here]
    }
    beside_copy("J6", function() kilter_column_charts(by_month), list(
      function(r) unlist(lapply(monthly, function(id) lines(id, r[[id]]$lines))),
      function(r) as.integer(placed(by_month, function(id) r[[id]]$signals))))
  }
  if ("J8" %in% jobs) {
    groups <- sprintf("G%05d", seq_len(ceiling(areas / peers)) - 1L)
    beside_copy("J8", function() {
      found <- kilter_columns(engine, monthly, every = "financial-year", from = "2018/19")
      list(found, kilter_column_ranks(found, groups))
    }, list(
      function(r) placed(r[[1]], function(id) r[[1]][[id]]$values),
      function(r) {
        ranks <- unlist(lapply(monthly, function(id) r[[2]][[id]]$ranks[colnames(r[[1]][[id]]$values) != nation_code]))
        ifelse(is.na(ranks), 0, ranks)
      }), times = 4)
  }
  quit(save = "no")
}

if ("J1" %in% jobs && tool == "data.table") {
  timed("J1", "fread, RDS", function() {
    counts <- fread(path("counts.csv"), stringsAsFactors = TRUE)
    saveRDS(counts, path("r-counts.rds"), compress = FALSE)
  })
}

wanted <- intersect(jobs, c("J2", "J3", "J4", "J8", "J9"))
if (length(wanted) == 0) quit(save = "no")

month_number <- function(period) {
  (as.integer(substr(period, 1, 4)) - 2014L) * 12L + as.integer(substr(period, 6, 7)) - 4L
}
year_of <- function(month) (3L + month) %/% 12L

counts <- fread(path("counts.csv"))
of_period <- data.table(period = unique(counts$period))[, month := month_number(period)]
counts[of_period, month := i.month, on = "period"]
counts[, `:=`(indicator = as.integer(substring(measure, 2)), area = as.integer(substring(area, 2)))]
long <- CJ(indicator = seq_len(indicators) - 1L, area = seq_len(areas) - 1L, month = seq_len(months) - 1L)
long[counts, count := as.double(i.value), on = c("indicator", "area", "month")]
rm(counts)
populations <- fread(path("populations.csv"))
people <- populations[area != nation_code, .(area = as.integer(substring(area, 2)), year = period - 2014L, value)]
long[, year := year_of(month)]
long[people, people := as.double(i.value), on = c("area", "year")]
long[, year := NULL]
setkey(long, indicator, area, month)

twelve <- function(x) {
  two <- x + shift(x, 1L)
  four <- two + shift(two, 2L)
  four + shift(four, 4L) + shift(four, 8L)
}
windows <- copy(long)[, sum := fifelse(month >= window - 1L, twelve(count), NA_real_)][month >= window - 1L]
windows[, rate := sum * per / people]
nation <- fread(path("nation.csv"))
nation <- nation[, .(indicator = as.integer(substring(measure, 2)), month = month_number(period), count = as.double(value))]
setkey(nation, indicator, month)
nation[, sum := fifelse(month >= window - 1L, twelve(count), NA_real_)]
of_nation <- populations[area == nation_code, .(year = period - 2014L, people = as.double(value))]
nation[, year := year_of(month)][of_nation, people := i.people, on = "year"]
windows[nation, nation := i.sum * per / i.people, on = c("indicator", "month")]

monthly <- long[, .(indicator, area, month, rate = count * per / people)]

cube <- function(x, z) x * (1 - 1 / (9 * x) + z / (3 * sqrt(x)))^3
pick <- function(name) function(result) result[[name]]
rate_answer <- function(result) result$rate[result$month >= window - 1L]

if (tool == "data.table") {
  if ("J2" %in% wanted) {
    timed("J2", "shifts", function() {
      found <- long[, .(indicator, area, month, count, people)]
      found[, rate := fifelse(month >= window - 1L, twelve(count) * per / people, NA_real_)][]
    }, list(rate_answer))
    timed("J2", "frollsum", function() {
      found <- long[, .(indicator, area, month, count, people)]
      found[, rate := fifelse(month >= window - 1L, frollsum(count, window) * per / people, NA_real_)][]
    }, list(rate_answer))
  }
  if ("J3" %in% wanted) {
    timed("J3", "fcase", function() {
      found <- monthly[, .(indicator, area, month, rate)]
      found[, status := fcase(rate <= target, 1L, rate <= limit, 2L, rate > limit, 3L, default = 0L)]
      list(found, found[, .(sum(status == 1L), sum(status == 2L), sum(status == 3L)), keyby = .(indicator %% outcomes)])
    }, list(function(r) r[[1]]$status, function(r) t(as.matrix(r[[2]][, 2:4]))))
  }
  if ("J4" %in% wanted) {
    timed("J4", "columns", function() {
      found <- windows[, .(indicator, area, month, sum, people, nation)]
      found[, lower := fifelse(sum == 0, 0, pmax(cube(sum, -z), 0)) * per / people]
      found[, upper := cube(sum + 1, z) * per / people]
      found[, standing := fcase(is.na(sum), 3L, upper < nation, 1L, lower > nation, 2L, default = 0L)][]
    }, list(pick("lower"), pick("upper"), pick("standing")))
  }
  if ("J8" %in% wanted) {
    first <- months - 12L * years
    timed("J8", "by", function() {
      found <- long[month >= first, .(rate = sum(count) * per / people[.N]), by = .(indicator, area, year = month %/% 12L)]
      last <- found[year == months %/% 12L - 1L]
      last[, rank := frank(rate, ties.method = "min", na.last = "keep"), by = .(indicator, area %/% peers)]
      list(found, last)
    }, list(function(r) r[[1]]$rate, function(r) fcoalesce(as.double(r[[2]]$rank), 0)))
  }
  if ("J9" %in% wanted) {
    parts <- lapply(1:10, function(release) {
      part <- fread(path(sprintf("release-%02d.csv", release)))
      part[, .(release = release - 1L, indicator = as.integer(substring(measure, 2)),
               area = as.integer(substring(area, 2)), month = month_number(period), count = as.double(value))]
    })
    released <- rbindlist(parts)
    end <- months + 1L - 10L + 5L
    timed("J9", "unique", function() {
      unique(released[release <= 5L], by = c("indicator", "area", "month"), fromLast = TRUE)
    }, list(function(r) {
      answer <- rep(NaN, 4 * areas * end)
      answer[(r$indicator * areas + r$area) * end + r$month + 1L] <- r$count
      answer
    }))
  }
} else {
  frame <- as_tibble(long)
  judged <- as_tibble(windows)
  of_months <- as_tibble(monthly)
  if ("J2" %in% wanted) {
    timed("J2", "lag", function() {
      frame |>
        mutate(two = count + lag(count), four = two + lag(two, 2),
               rate = if_else(month >= window - 1L, (four + lag(four, 4) + lag(four, 8)) * per / people, NA_real_)) |>
        select(-two, -four)
    }, list(rate_answer))
  }
  if ("J3" %in% wanted) {
    timed("J3", "case_when", function() {
      found <- mutate(of_months, status = case_when(rate <= target ~ 1L, rate <= limit ~ 2L, rate > limit ~ 3L, TRUE ~ 0L))
      list(found, found |> group_by(outcome = indicator %% outcomes) |>
             summarise(a = sum(status == 1L), b = sum(status == 2L), c = sum(status == 3L)))
    }, list(function(r) r[[1]]$status, function(r) t(as.matrix(r[[2]][, 2:4]))))
  }
  if ("J4" %in% wanted) {
    timed("J4", "mutate", function() {
      mutate(judged, lower = if_else(sum == 0, 0, pmax(cube(sum, -z), 0)) * per / people,
             upper = cube(sum + 1, z) * per / people,
             standing = case_when(is.na(sum) ~ 3L, upper < nation ~ 1L, lower > nation ~ 2L, TRUE ~ 0L))
    }, list(pick("lower"), pick("upper"), pick("standing")))
  }
  if ("J8" %in% wanted) {
    first <- months - 12L * years
    timed("J8", "summarise", function() {
      found <- frame |> filter(month >= first) |> group_by(indicator, area, year = month %/% 12L) |>
        summarise(rate = sum(count) * per / last(people), .groups = "drop")
      last <- found |> filter(year == months %/% 12L - 1L) |> group_by(indicator, area %/% peers) |>
        mutate(rank = min_rank(rate)) |> ungroup()
      list(found, last)
    }, list(function(r) r[[1]]$rate, function(r) coalesce(as.double(r[[2]]$rank), 0)))
  }
}

# The scenario files (tests/scenarios, with a README) come out in R as they say: the conformance of the languages.
# Nothing here knows a method or a figure; all of that stands in the files.

files <- if (is.null(project)) character() else {
  list.files(file.path(project, "tests", "scenarios"), "[.]toml$", full.names = TRUE)
}
known_at_all <- "2026-01-01"
`%or%` <- function(x, y) if (is.null(x)) y else x

# A store with the figures of a scenario.
store_of <- function(scenario, name) {
  engine <- kilter_create(tempfile("scenario-"), kilter_framework(I(scenario$framework), name = name), known_at = "1990-01-01")
  dimensions <- sort(unique(unlist(lapply(scenario$observe, function(row) names(row$by)))))
  figures <- lapply(scenario$observe, function(row) {
    periods <- unlist(row$periods %or% row$period)
    values <- as.list(row$values %or% row$value)
    absent <- vapply(values, is.character, logical(1))
    number <- vapply(values, function(value) if (is.character(value)) NA_real_ else value, numeric(1))
    why <- vapply(values, function(value) if (is.character(value)) value else NA_character_, character(1))
    stopifnot(length(periods) == length(values), !anyNA(number[!absent]))
    frame <- data.frame(
      known_at = row$known_at %or% known_at_all, measure = row$measure, area = row$area, period = periods, value = number,
      absent = why, mark = row$mark %or% NA_character_
    )
    for (dimension in dimensions) frame[[dimension]] <- row$by[[dimension]] %or% NA_character_
    frame
  })
  figures <- do.call(rbind, figures)
  for (day in sort(unique(figures$known_at))) {
    rows <- figures[figures$known_at == day, names(figures) != "known_at"]
    kilter_ingest(engine, rows, source = name, known_at = day)
  }
  engine
}

# A row is a list of cells; an answer is a row, or lists of texts by name.
row_of <- function(table, at) lapply(as.list(as.data.frame(table)), `[[`, at)
one <- function(table) {
  stopifnot(nrow(table) == 1)
  row_of(table, 1)
}
text <- function(cell, nothing = "") ifelse(is.na(cell), nothing, as.character(cell))
line_of <- function(table, where) row_of(table, which(where)[1])

about <- function(verb, a, ...) {
  function(engine) verb(engine, a$indicator, a$area, as_at = a$as_at, ...)
}
judged <- function(verb) {
  function(engine, a) one(verb(engine, a$indicator, a$area, period = a$period, as_at = a$as_at, level = a$level, on = a$on))
}
card <- function(engine, a) {
  kilter_scorecard(engine, a$area, a$period, as_at = a$as_at, level = a$level, on = a$on)
}

rolled <- function(engine, a) {
  kind <- intersect(c("outcome", "priority", "perspective", "overall"), names(a))[1]
  rows <- card(engine, a)$rolled
  line_of(rows, rows$kind == kind & (kind == "overall" | rows$id %in% a[[kind]]))
}

exceptions <- function(engine, a) {
  rows <- kilter_exceptions(engine, a$area, a$period, level = a$level, as_at = a$as_at, on = a$on)
  list(lines = paste0(rows$indicator, ": ", text(rows$rules), recycle0 = TRUE))
}

escalations <- function(engine, a) {
  rows <- kilter_escalations(engine, a$area, a$escalation, as_at = a$as_at,
                             figures_of_the_day = identical(a$figures_of_the_day, "yes"))
  for (key in intersect(c("indicator", "priority"), names(a))) rows <- rows[rows[[key]] %in% a[[key]], ]
  steps <- ifelse(
    is.na(rows$period), paste0(rows$on, " ", rows$event, " by ", text(rows$decided_by)), paste0(rows$period, ": ", rows$event)
  )
  done <- rows[!is.na(rows$action), ]
  owner <- ifelse(is.na(done$owner) | done$owner == "", "", paste0(" (", done$owner, ")"))
  list(steps = as.character(steps), actions = paste0(done$on, ": ", done$action, owner, recycle0 = TRUE))
}

five_years <- function(engine, a) {
  rows <- kilter_five_years(engine, a$indicator, a$area, year = a$year, statutory = identical(a$statutory, "yes"),
                            as_at = a$as_at)
  list(
    years = rows$period, breaks = rows$period[rows$break_before %in% "yes"],
    not_comparable = rows$period[rows$comparable %in% "no"], boundaries = rows$period[!is.na(rows$boundary)]
  )
}

coverage <- function(engine, a) {
  rows <- kilter_coverage(engine, a$area, a$period, as_at = a$as_at, level = a$level, on = a$on)
  with <- ifelse(is.na(rows$indicators) | rows$indicators == "", "", paste0(" (", rows$indicators, ")"))
  list(lines = paste0(rows$kind, ": ", rows$id, with, recycle0 = TRUE))
}

targets <- function(engine, a) {
  rows <- kilter_targets(engine, a$area, a[["function"]], as_at = a$as_at, level = a$level, on = a$on)
  columns <- c("indicator", "from", "target", "function", "review_due", "in_force", "period", "status")
  cells <- lapply(as.data.frame(rows)[columns], function(cell) text(as.character(cell), "-"))
  list(lines = do.call(paste, unname(cells)))
}

differences <- function(engine, a) {
  rows <- kilter_diff(engine, a$from, a$to)
  flagged <- rows[!is.na(rows$flag), ]
  changed <- rows[rows$kind == "status", ]
  list(
    flagged = paste0(flagged$measure, " ", flagged$area, " ", flagged$period, ": ", flagged$flag, recycle0 = TRUE),
    statuses = paste0(changed$indicator, " ", changed$area, " ", changed$period, ": ", text(changed$old_status), " -> ",
                      text(changed$new_status), recycle0 = TRUE)
  )
}

worsening <- function(engine, a) {
  rows <- kilter_compare(engine, a$indicator, a$area, period = a$period, with = a$with, among = a$among,
                         only_worse_and_worsening = TRUE, as_at = a$as_at)
  list(lines = paste(rows$indicator, rows$area, recycle0 = TRUE))
}

chart <- function(engine, a) {
  table <- if (identical(a$shifts, "yes")) {
    kilter_sustained_shifts(engine, a$indicator, a$area, period = a$period, as_at = a$as_at)
  } else if (identical(a$runs, "yes")) {
    kilter_run_chart(engine, a$indicator, a$area, period = a$period, as_at = a$as_at)
  } else {
    kilter_chart(engine, a$indicator, a$area, period = a$period, as_at = a$as_at, level = a$level, on = a$on)
  }
  row_of(table, nrow(table))
}

funnel <- function(engine, a) {
  table <- kilter_funnel(engine, a$indicator, period = a$period, among = a$among, as_at = a$as_at)
  here <- which(table$area == a$area)
  row_of(table, if (length(here) > 0) here[1] else 1)
}

view <- c("as_at", "level", "on")
of_card <- c("area", "period", view)
# The keys that are a part of the question, and how it is put.
asks <- list(
  expect = list(c("indicator", "area", "period", view), judged(kilter_evaluate)),
  expect_verdicts = list(c("indicator", "area", "period", view), judged(kilter_verdicts)),
  expect_needed = list(c("indicator", "area", "period", view), judged(kilter_needed)),
  expect_comparison = list(c("indicator", "area", "period", "as_at", "with", "among"), function(engine, a) {
    one(kilter_compare(engine, a$indicator, a$area, period = a$period, with = a$with, among = a$among, as_at = a$as_at))
  }),
  expect_scorecard = list(c(of_card, "outcome", "priority", "perspective", "overall"), rolled),
  expect_line = list(c(of_card, "indicator"), function(engine, a) {
    rows <- card(engine, a)$table
    line_of(rows, rows$indicator == a$indicator)
  }),
  expect_exceptions = list(of_card, exceptions),
  expect_escalations = list(
    c("area", "escalation", "indicator", "priority", "as_at", "figures_of_the_day"), escalations
  ),
  expect_five_years = list(c("indicator", "area", "year", "statutory", "as_at"), five_years),
  expect_coverage = list(of_card, coverage),
  expect_targets = list(c("area", "function", view), targets),
  expect_level = list(c("level", "as_at"), function(engine, a) {
    rows <- kilter_levels(engine, as_at = a$as_at)
    line_of(rows, rows$level == a$level)
  }),
  expect_diff = list(c("from", "to"), differences),
  expect_worse_and_worsening = list(c("period", "indicator", "area", "with", "among", "as_at"), worsening),
  expect_what_if = list(
    c("indicator", "area", "target", "tolerance", "raise_after", "clear_after", view),
    function(engine, a) {
      found <- kilter_what_if(
        engine, a$indicator, a$area, target = a$target, tolerance = a$tolerance, as_at = a$as_at, level = a$level, on = a$on,
        raise_after = as.numeric(a$raise_after %or% 1), clear_after = as.numeric(a$clear_after %or% 1)
      )
      # The first row is that of the rules in force.
      row_of(found$summary, 2)
    }
  ),
  expect_chart = list(c("indicator", "area", "period", "runs", "shifts", view), chart),
  expect_funnel = list(c("indicator", "area", "period", "among", "as_at"), funnel)
)

# The columns of whole numbers in the engine, which print without decimals whatever is expected beside them; R has
# one kind of number for both.
shown <- function(cell, like) {
  if (is.null(cell) || is.na(cell)) {
    return("")
  }
  if (!is.numeric(cell)) {
    return(as.character(cell))
  }
  decimals <- nchar(sub("^[^.]*[.]?", "", like))
  sprintf("%.*f", decimals, method_half_up(cell, decimals)$value + 0)
}

for (file in files) {
  test_that(paste("a scenario comes out as its file says:", basename(file)), {
    scenario <- kilter:::native("list_of_toml", text = paste(readLines(file, encoding = "UTF-8"), collapse = "\n"))
    unknown <- setdiff(names(scenario), c("title", "why", "source", "framework", "observe", names(asks)))
    expect_identical(unknown, character())
    engine <- store_of(scenario, basename(file))
    on.exit(close(engine))
    compared <- 0
    for (kind in intersect(names(asks), names(scenario))) {
      for (expected in scenario[[kind]]) {
        # A list would take "on_trial" for "on".
        found <- asks[[kind]][[2]](engine, list2env(expected, parent = emptyenv()))
        for (name in setdiff(names(expected), asks[[kind]][[1]])) {
          said <- expected[[name]]
          got <- found[[name]]
          # An empty list of texts is a list without items, and one of one text is a text.
          if (length(said) != 1 || is.list(said) || is.list(got) || length(got) != 1) {
            expect_identical(as.character(got), as.character(unlist(said)), label = paste(kind, name))
          } else {
            expect_identical(shown(got, as.character(said)), as.character(said), label = paste(kind, name, toString(expected)))
          }
          compared <- compared + 1
        }
      }
    }
    expect_gt(compared, 0)
  })
}

test_that("there are scenarios", {
  if (is.null(project)) {
    expect_identical(files, character())
  } else {
    expect_gte(length(files), 40)
  }
})

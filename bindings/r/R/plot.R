# Drawings with ggplot2. Nothing is computed here: limits, signals and statuses are those of the table. Lines differ in
# shape as well as in colour, a status is a shape and a word beside its colour, and the colours are those of Okabe and
# Ito, which stay apart in grey and for colour-blind readers.

inks <- list(blue = "#0072B2", orange = "#E69F00", green = "#009E73", vermilion = "#D55E00", grey = "#595959")
symbols <- c(green = "\u25cf", amber = "\u25b2", red = "\u25a0", `not assessed` = "\u25cb")
status_grounds <- c(green = "#1b6e3c", amber = "#f2b134", red = "#a61e2b", `not assessed` = "#6b6f76")
status_inks <- c(green = "#ffffff", amber = "#1a1a1a", red = "#ffffff", `not assessed` = "#ffffff")
status_shapes <- c(green = 16, amber = 17, red = 15, `not assessed` = 1)
causes <- data.frame(
  cause = c("improvement, high", "improvement, low", "concern, high", "concern, low", "special, high", "special, low",
            "common cause"),
  shape = c(24, 25, 24, 25, 24, 25, 21),
  ink = c(inks$blue, inks$blue, inks$orange, inks$orange, inks$grey, inks$grey, inks$grey)
)

#' Drawings of answers
#'
#' `ggplot2::autoplot()` draws what the engine answers, where ggplot2 is installed: a series, with its limits and, given
#' an evaluation, the target, the tolerance and the status; a control chart with the meaning of its signals; a run
#' chart; a funnel; five years beside the comparator; a scorecard as a table of colours, symbols and words. Nothing is
#' computed: limits, signals and statuses are those of the table. Each drawing carries its words for those who do not
#' see it: `ggplot2::get_alt_text()`.
#'
#' @param object What [kilter_values()], [kilter_series()], [kilter_chart()], [kilter_run_chart()], [kilter_funnel()],
#'   [kilter_five_years()] or [kilter_scorecard()] gives, of one indicator and area.
#' @param evaluation What [kilter_evaluate()] gives for periods of the same series.
#' @param curve The limits of a funnel to draw, as [kilter_funnel_curve()] gives them, or [method_funnel_rates()] and its
#'   like with `curve = TRUE`.
#' @param ... Not used.
#' @return A ggplot.
#' @section Errors: `kilter_error_question` for a table of several series, or without rows.
#' @examples
#' if (requireNamespace("ggplot2", quietly = TRUE)) {
#'   made <- kilter_demo()
#'   engine <- kilter_open(made$path)
#'   series <- kilter_series(engine, "NI-19", made$area)
#'   judged <- kilter_evaluate(engine, "NI-19", made$area, period = "2023/24")
#'   print(ggplot2::autoplot(series, evaluation = judged))
#'   print(ggplot2::autoplot(kilter_chart(engine, "MSG-1a", made$area)))
#'   print(ggplot2::autoplot(kilter_scorecard(engine)))
#'   close(engine)
#' }
#' @name autoplot_of_kilter
#' @aliases autoplot.kilter_values
NULL

one_only <- function(x, ..., call = sys.call(-1)) {
  if (nrow(x) == 0) {
    refuse("question", "there is nothing to plot: the table has no rows", call = call)
  }
  for (key in c(...)) {
    found <- unique(x[[key]])
    if (length(found) > 1) {
      refuse("question", "a plot is of one ", key, ", and the table has ", length(found), ": ",
             paste(utils::head(found, 5), collapse = ", "), call = call)
    }
  }
}

# Periods in the order of the table, with at most twelve of them written.
period_scale <- function(periods) {
  step <- ceiling(length(periods) / 12)
  at <- seq(1, length(periods), by = step)
  # A window is the same in every period: it is said once, below the axis.
  window <- unique(sub("^([0-9]+ [a-z]+ to) .*$", "\\1", periods))
  same <- length(window) == 1L && !identical(window, periods[1]) && length(periods) > 1L
  labels <- if (same) substring(periods, nchar(window) + 2L) else periods
  ggplot2::scale_x_continuous(
    name = if (same) paste(window, "..."), breaks = at, labels = labels[at], expand = ggplot2::expansion(mult = 0.03)
  )
}

plain_theme <- function() {
  ggplot2::theme_minimal(base_size = 11) + ggplot2::theme(
    axis.text.x = ggplot2::element_text(angle = 35, hjust = 1), panel.grid.minor = ggplot2::element_blank(),
    legend.position = "bottom", legend.title = ggplot2::element_blank(), plot.title.position = "plot"
  )
}

words <- function(value) {
  ifelse(is.na(value), "no value", format_number(value))
}

# A number as a person reads it; files have it unrounded.
format_number <- function(value) {
  rounded <- method_half_up(value, 2)$value
  trimmed <- formatC(rounded, format = "f", digits = 2, big.mark = ",")
  trimmed <- sub("[.]?0+$", "", trimmed)
  ifelse(is.na(value), "", trimmed)
}

# A number of a column of words, such as a target; NA where it is a range or not there.
number_of <- function(words) suppressWarnings(as.numeric(words))

# How far the amber cut of a tolerance lies from the target, as the table says it: 5%, 3 points.
tolerance_of <- function(said, target) {
  last <- trimws(sub("amber", "", sub("^.*,", "", ifelse(is.na(said), "", said))))
  relative <- grepl("%$", last)
  number <- number_of(trimws(sub("(%|points?)$", "", last)))
  ifelse(relative, abs(target) * number / 100, number)
}

said <- function(title, words) ggplot2::labs(title = title, alt = paste0(title, ". ", words), y = NULL)

#' @rdname autoplot_of_kilter
#' @exportS3Method ggplot2::autoplot
autoplot.kilter_values <- function(object, evaluation = NULL, ...) {
  nothing_else(...)
  one_only(object, "indicator", "area")
  rows <- data.frame(
    at = seq_len(nrow(object)), period = object$period, value = object$value, lower = object$lower, upper = object$upper
  )
  plot <- ggplot2::ggplot(rows, ggplot2::aes(.data[["at"]], .data[["value"]]))
  if (any(!is.na(rows$lower))) {
    plot <- plot + ggplot2::geom_ribbon(
      ggplot2::aes(ymin = .data[["lower"]], ymax = .data[["upper"]], fill = "limits"), alpha = 0.15, na.rm = TRUE
    ) + ggplot2::scale_fill_manual(values = c(limits = inks$blue))
  }
  plot <- plot + ggplot2::geom_line(colour = inks$blue, na.rm = TRUE) +
    ggplot2::geom_point(colour = inks$blue, size = 1, na.rm = TRUE)
  told <- ""
  if (!is.null(evaluation)) {
    one_only(evaluation, "indicator", "area")
    judged <- evaluation[evaluation$period %in% rows$period, ]
    plot <- plot + judged_layers(judged, match(judged$period, rows$period))
    last <- utils::tail(judged, 1)
    told <- paste0(" ", last$period, " is ", last$status, ", with a target of ", text_or(last$target, "nothing"), ".")
  }
  known <- rows[!is.na(rows$value), ]
  span <- if (nrow(known) > 0) {
    paste0(" from ", words(known$value[1]), " in ", known$period[1], " to ", words(utils::tail(known$value, 1)), " in ",
           utils::tail(known$period, 1))
  } else {
    ""
  }
  gaps <- nrow(rows) - nrow(known)
  gap <- if (gaps > 0) paste0(" ", gaps, " periods have no value.") else ""
  title <- paste0(object$indicator[1], ", ", object$area[1])
  plot + period_scale(rows$period) + plain_theme() +
    said(title, paste0("A line of ", nrow(rows), " periods", span, ".", gap, told))
}

text_or <- function(text, nothing) ifelse(is.na(text), nothing, text)

judged_layers <- function(judged, at) {
  target <- number_of(judged$target)
  reach <- tolerance_of(judged$tolerance, target)
  rows <- data.frame(
    at = at, value = judged$value, target = target, low = target - reach, high = target + reach, status = judged$status
  )
  rows$word <- paste(symbols[rows$status], rows$status)
  present <- intersect(names(symbols), rows$status)
  labels <- stats::setNames(paste(symbols[present], present), present)
  list(
    ggplot2::geom_rect(
      ggplot2::aes(xmin = .data[["at"]] - 0.45, xmax = .data[["at"]] + 0.45, ymin = .data[["low"]], ymax = .data[["high"]]),
      data = rows[!is.na(rows$low), ], inherit.aes = FALSE, fill = inks$orange, alpha = 0.2
    ),
    ggplot2::geom_segment(
      ggplot2::aes(x = .data[["at"]] - 0.45, xend = .data[["at"]] + 0.45, y = .data[["target"]], yend = .data[["target"]],
                   linetype = "target, and its tolerance"),
      data = rows[!is.na(rows$target), ], inherit.aes = FALSE
    ),
    ggplot2::geom_point(
      ggplot2::aes(.data[["at"]], .data[["value"]], shape = .data[["status"]], colour = .data[["status"]]),
      data = rows[!is.na(rows$value), ], inherit.aes = FALSE, size = 3.2
    ),
    ggplot2::scale_shape_manual(values = status_shapes, labels = labels, limits = present),
    ggplot2::scale_colour_manual(values = replace(status_grounds, "amber", inks$orange), labels = labels, limits = present),
    ggplot2::scale_linetype_manual(values = c(`target, and its tolerance` = "dashed"))
  )
}

#' @rdname autoplot_of_kilter
#' @exportS3Method ggplot2::autoplot
autoplot.kilter_chart <- function(object, ...) {
  nothing_else(...)
  one_only(object, "indicator", "area")
  if (all(is.na(object$mean))) {
    refuse("question", "there is no control chart: ", text_or(object$no_chart[1], "no limits"))
  }
  rows <- as.data.frame(object)
  rows$at <- seq_len(nrow(rows))
  line <- function(column, type) {
    data.frame(at = rows$at, y = rows[[column]], line = type, which = column, segment = rows$segment)
  }
  lines <- rbind(
    line("mean", "mean"), line("lower_limit", "process limits"), line("upper_limit", "process limits"),
    line("near_lower", "near limits"), line("near_upper", "near limits")
  )
  # What has no cause is not judged, and is drawn as the line alone.
  marked <- rows[!is.na(rows$value) & rows$cause %in% causes$cause, ]
  present <- causes[causes$cause %in% marked$cause, ]
  shapes <- stats::setNames(present$shape, present$cause)
  colours <- stats::setNames(present$ink, present$cause)
  signals <- rows[!is.na(rows$signals), ]
  told <- if (nrow(signals) > 0) {
    first <- utils::head(signals, 8)
    more <- if (nrow(signals) > 8) paste0(", and ", nrow(signals) - 8, " more") else ""
    paste0("Signals: ", paste0(first$period, " (", first$signals, ")", collapse = "; "), more, ".")
  } else {
    "No signals: common cause only."
  }
  last <- utils::tail(rows$assurance, 1)
  if (!is.na(last)) told <- paste0(told, " Its target: ", last, ".")
  ggplot2::ggplot(rows, ggplot2::aes(.data[["at"]], .data[["value"]])) +
    ggplot2::geom_line(colour = inks$grey, na.rm = TRUE) +
    ggplot2::geom_line(
      ggplot2::aes(y = .data[["y"]], linetype = .data[["line"]], group = interaction(.data[["which"]], .data[["segment"]])),
      data = lines, na.rm = TRUE
    ) +
    ggplot2::geom_point(
      ggplot2::aes(shape = .data[["cause"]], fill = .data[["cause"]]), data = marked, size = 2.6, colour = "black"
    ) +
    ggplot2::scale_linetype_manual(
      values = c(mean = "solid", `process limits` = "dashed", `near limits` = "dotted"),
      breaks = c("mean", "process limits", "near limits")
    ) +
    ggplot2::scale_shape_manual(values = shapes) + ggplot2::scale_fill_manual(values = colours) +
    ggplot2::guides(linetype = ggplot2::guide_legend(order = 1)) +
    period_scale(rows$period) + plain_theme() + ggplot2::theme(legend.box = "vertical", legend.spacing.y = ggplot2::unit(0, "pt")) +
    said(paste0(rows$indicator[1], ", ", rows$area[1], ": control chart"), paste0(nrow(rows), " periods. ", told))
}

#' @rdname autoplot_of_kilter
#' @exportS3Method ggplot2::autoplot
autoplot.kilter_run_chart <- function(object, ...) {
  nothing_else(...)
  one_only(object, "indicator", "area")
  if (all(is.na(object$centre))) {
    refuse("question", "there is no run chart: ", text_or(object$no_chart[1], "no median"))
  }
  rows <- as.data.frame(object)
  rows$at <- seq_len(nrow(rows))
  rows$line <- ifelse(rows$shift %in% "yes", "median, with a shift", "median")
  last <- utils::tail(rows, 1)
  ggplot2::ggplot(rows, ggplot2::aes(.data[["at"]], .data[["value"]])) +
    ggplot2::geom_line(colour = inks$blue, na.rm = TRUE) +
    ggplot2::geom_point(colour = inks$blue, size = 1.6, na.rm = TRUE) +
    ggplot2::geom_line(
      ggplot2::aes(y = .data[["centre"]], linetype = .data[["line"]], group = .data[["part"]]), na.rm = TRUE
    ) +
    ggplot2::scale_linetype_manual(values = c(median = "solid", `median, with a shift` = "dashed")) +
    period_scale(rows$period) + plain_theme() +
    said(
      paste0(rows$indicator[1], ", ", rows$area[1], ": run chart"),
      paste0(nrow(rows), " periods about their median. The longest run has ", last$longest_run, " values of ",
             last$longest_allowed, " allowed, and there are ", last$crossings, " crossings of ", last$crossings_needed,
             " needed.")
    )
}

#' @rdname autoplot_of_kilter
#' @exportS3Method ggplot2::autoplot
autoplot.kilter_funnel <- function(object, curve = NULL, ...) {
  nothing_else(...)
  one_only(object, "indicator", "period")
  rows <- as.data.frame(object)
  placed <- rows[!is.na(rows$value) & !is.na(rows$denominator), ]
  if (nrow(placed) == 0) {
    refuse("question", "there is no funnel: ", text_or(rows$no_funnel[1], "no area has a value"))
  }
  groups <- c("high (99.8%)", "high (95%)", "not significant", "low (95%)", "low (99.8%)")
  placed$significance <- text_or(placed$significance, "not placed")
  differ <- placed[placed$significance %in% groups[-3], ]
  shapes <- c(24, 24, 21, 25, 25, 4)
  colours <- c(inks$vermilion, inks$orange, inks$grey, inks$blue, inks$green, inks$grey)
  average <- placed$average[1]
  room <- 0.3 * diff(range(c(placed$value, average), na.rm = TRUE))
  if (room == 0) room <- 1
  told <- if (nrow(differ) > 0) {
    paste0("Apart from the average: ", paste(differ$area, differ$significance, collapse = "; "), ".")
  } else {
    "None differs from the average."
  }
  plot <- ggplot2::ggplot(placed, ggplot2::aes(.data[["denominator"]], .data[["value"]]))
  lines <- if (!is.na(average)) data.frame(x = c(0, Inf), y = average, line = "average", which = "average")
  if (!is.null(curve)) lines <- rbind(lines, curve_lines(curve))
  if (!is.null(lines)) {
    # A line without an end is drawn to the edge of what is shown.
    lines$x <- pmin(lines$x, 1.12 * max(placed$denominator))
    plot <- plot + ggplot2::geom_line(
      ggplot2::aes(.data[["x"]], .data[["y"]], linetype = .data[["line"]], group = .data[["which"]]), data = lines
    ) + ggplot2::scale_linetype_manual(
      values = c(average = "solid", `95% limits` = "dotted", `99.8% limits` = "dashed"),
      breaks = c("average", "95% limits", "99.8% limits")
    )
  }
  plot +
    ggplot2::geom_point(
      ggplot2::aes(shape = .data[["significance"]], fill = .data[["significance"]]), colour = "black", size = 2.6
    ) +
    ggplot2::geom_text(ggplot2::aes(label = .data[["area"]]), data = differ, size = 2.6, hjust = -0.15, vjust = -0.5) +
    ggplot2::scale_shape_manual(values = stats::setNames(shapes, c(groups, "not placed"))) +
    ggplot2::scale_fill_manual(values = stats::setNames(colours, c(groups, "not placed"))) +
    # Limits rise without end where there are few people: what is drawn is where the areas are.
    ggplot2::coord_cartesian(
      xlim = c(0, 1.12 * max(placed$denominator)), ylim = range(c(placed$value, average), na.rm = TRUE) + c(-room, room)
    ) +
    plain_theme() + ggplot2::theme(axis.text.x = ggplot2::element_text(angle = 0), legend.box = "vertical") +
    said(paste0(placed$indicator[1], ", ", placed$period[1], ": funnel"),
         paste0(nrow(placed), " areas about ", words(average), ". ", told)) +
    ggplot2::labs(x = "denominator")
}

curve_lines <- function(curve) {
  side <- function(end, level, line) {
    name <- paste0(end, "_", level)
    found <- data.frame(x = curve[[paste0(name, "_at")]], y = curve[[name]], line = line, which = name)
    found[!is.na(found$x) & !is.na(found$y), ]
  }
  rbind(
    side("lower", "95", "95% limits"), side("upper", "95", "95% limits"), side("lower", "998", "99.8% limits"),
    side("upper", "998", "99.8% limits")
  )
}

#' @rdname autoplot_of_kilter
#' @exportS3Method ggplot2::autoplot
autoplot.kilter_five_years <- function(object, ...) {
  nothing_else(...)
  one_only(object, "indicator", "area")
  rows <- as.data.frame(object)
  rows$at <- seq_len(nrow(rows))
  rows$shown <- words(rows$value)
  known <- rows[!is.na(rows$value), ]
  beside <- text_or(rows$comparator[1], "comparator")
  breaks <- rows$at[rows$break_before %in% "yes"] - 0.5
  plot <- ggplot2::ggplot(rows, ggplot2::aes(.data[["at"]], .data[["value"]])) +
    ggplot2::geom_col(ggplot2::aes(fill = .data[["area"]]), data = known, width = 0.55) +
    ggplot2::geom_text(
      ggplot2::aes(y = .data[["value"]] / 2, label = .data[["shown"]]), data = known, colour = "white", size = 3.2
    ) +
    ggplot2::scale_fill_manual(values = stats::setNames(inks$blue, rows$area[1]))
  if (any(!is.na(rows$comparator_value))) {
    plot <- plot + ggplot2::geom_line(
      ggplot2::aes(y = .data[["comparator_value"]], linetype = beside), na.rm = TRUE
    ) + ggplot2::geom_point(ggplot2::aes(y = .data[["comparator_value"]]), shape = 18, size = 3, na.rm = TRUE) +
      ggplot2::scale_linetype_manual(values = stats::setNames("dashed", beside))
  }
  if (length(breaks) > 0) {
    plot <- plot + ggplot2::geom_vline(xintercept = breaks, colour = inks$vermilion, linetype = "dotted") +
      ggplot2::annotate("text", x = breaks, y = Inf, label = "break", hjust = -0.1, vjust = 1.5, size = 3)
  }
  plot + period_scale(rows$period) + plain_theme() +
    said(paste0(rows$indicator[1], ", ", rows$area[1], ": five years"),
         paste0("Bars: ", paste(rows$period, rows$shown, collapse = "; "), ". Beside ", beside, "."))
}

#' @rdname autoplot_of_kilter
#' @exportS3Method ggplot2::autoplot
autoplot.kilter_scorecard <- function(object, ...) {
  nothing_else(...)
  # What is not observed at all would hide what is.
  rows <- as.data.frame(object$table)
  rows <- rows[!is.na(rows$period), ]
  if (nrow(rows) == 0) {
    refuse("question", "there is nothing to plot: no line of the scorecard is observed")
  }
  rows$at <- rev(seq_len(nrow(rows)))
  rows$word <- paste(symbols[rows$status], rows$status)
  rows$shown <- words(rows$value)
  cell <- function(column, x, head, width = 200) {
    data.frame(x = x, at = c(nrow(rows) + 1, rows$at), label = c(head, shortened(rows[[column]], width)),
               face = c("bold", rep("plain", nrow(rows))))
  }
  cells <- rbind(
    cell("indicator", 0, "indicator", 20), cell("title", 0.2, "", 48), cell("period", 0.6, "period"),
    cell("shown", 0.7, "value")
  )
  counts <- summary(object)
  ggplot2::ggplot(rows) +
    ggplot2::geom_tile(
      ggplot2::aes(x = 0.9, y = .data[["at"]], fill = .data[["status"]]), width = 0.18, height = 0.86
    ) +
    ggplot2::geom_text(
      ggplot2::aes(x = 0.9, y = .data[["at"]], label = .data[["word"]], colour = .data[["status"]]), size = 2.9
    ) +
    ggplot2::geom_text(
      ggplot2::aes(.data[["x"]], .data[["at"]], label = .data[["label"]], fontface = .data[["face"]]), data = cells,
      hjust = 0, size = 2.9
    ) +
    ggplot2::scale_fill_manual(values = status_grounds) + ggplot2::scale_colour_manual(values = status_inks) +
    ggplot2::scale_x_continuous(limits = c(0, 1)) + ggplot2::theme_void() +
    ggplot2::theme(legend.position = "none", plot.title.position = "plot", plot.margin = ggplot2::margin(6, 6, 6, 6)) +
    said(paste("Scorecard of", rows$area[1]),
         paste0(paste(counts, names(counts), collapse = ", "), ". ", paste(rows$indicator, rows$status, collapse = "; "), "."))
}

shortened <- function(text, most) {
  text <- text_or(text, "")
  ifelse(nchar(text) > most, paste0(substr(text, 1, most - 1), "\u2026"), text)
}

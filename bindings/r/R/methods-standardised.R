# Directly and indirectly standardised rates, and life expectancy.

#' Directly standardised rate
#'
#' A directly standardised rate with Dobson's limits.
#'
#' Formula: with weights `w`, events `x`, people `n` and all events `O`: `Σ(w x / n) / Σw`, variance `V = Σ(w² x
#' / n²) / (Σw)²`, limits `rate + √(V / O) (L - O)` with `L` the limits of the count `O`.
#'
#' Takes: a row to each band; `standard`, weights by band, each band once; `missing`, what events that are not
#' there stand for; `few`, what becomes of fewer than ten events. Bands are joined by key, never by position.
#'
#' @param band Column of age bands or other keys, each once; text, a factor, or numbers.
#' @param events Column of events by band.
#' @param population Column of people, or person-years.
#' @param standard The standard population: numbers with the bands as names, or a data frame of two columns,
#'   bands and weights.
#' @param per What a value is given per, such as 1000 people, or 100 for percent.
#' @param level The level of the limits, between 0 and 1.
#' @param missing What is done with a figure that is missing; see the details.
#' @param few What becomes of fewer than ten events: `"withhold"` or `"give"`.
#' @return A tibble: one row: `value, lower, upper` per `per`, `events, population, method`, and `reason` where
#'   it is withheld.
#' @section Errors: `kilter_error_method` for a band without row or weight, twice there, or in which nobody
#'   lives. `kilter_error_data` for a column of another type. Rows are counted from 1.
#' @source `standardised::direct`; Dobson et al., Statistics in Medicine 1991; `calculate_dsr`.
#' @examples
#' method_direct(
#'   c("0-64", "65+"), c(20, 40), c(10000, 1000), c("0-64" = 805, "65+" = 195), per = 1000
#' )
#' @export
method_direct <- function(band, events, population, standard, per = 1e5, level = 0.95, missing = c("refuse", "zero"),
                          few = c("withhold", "give")) {
  standard <- weights_of(standard)
  method("direct", band = band, events = events, population = population, standard_band = standard$band,
         standard_weight = standard$weight, per = per, level = level, missing = match.arg(missing),
         few = match.arg(few))
}

#' Directly standardised rate of repeated events
#'
#' A directly standardised rate of events of which one person may have several, such as admissions.
#'
#' Formula: as [method_direct()], with variance `Σ(f² w² p / n²) / (Σw)²` for `p` people of `f` events each.
#'
#' Takes: a row to each band and number of events; the population of a band is the same in all its rows.
#'
#' @param band Column of age bands or other keys, each once; text, a factor, or numbers.
#' @param events_each Column: how many events each of these persons had.
#' @param persons Column: how many persons had so many events.
#' @param population Column of people, or person-years.
#' @param standard The standard population: numbers with the bands as names, or a data frame of two columns,
#'   bands and weights.
#' @param per What a value is given per, such as 1000 people, or 100 for percent.
#' @param level The level of the limits, between 0 and 1.
#' @param missing What is done with a figure that is missing; see the details.
#' @param few What becomes of fewer than ten events: `"withhold"` or `"give"`.
#' @return A tibble: as [method_direct()].
#' @section Errors: `kilter_error_method` for settings or figures that are none. `kilter_error_data` for a
#'   column of another type. Rows are counted from 1.
#' @source `standardised::direct_repeated`; `calculate_dsr` with `independent_events = FALSE`.
#' @examples
#' method_direct_repeated(c("a", "a"), c(1, 2), c(10, 5), c(1000, 1000), c(a = 1), per = 1000)
#' @export
method_direct_repeated <- function(band, events_each, persons, population, standard, per = 1e5, level = 0.95,
                                   missing = c("refuse", "zero"), few = c("withhold", "give")) {
  standard <- weights_of(standard)
  method("direct_repeated", band = band, events_each = events_each, persons = persons, population = population,
         standard_band = standard$band, standard_weight = standard$weight, per = per, level = level,
         missing = match.arg(missing), few = match.arg(few))
}

#' Indirectly standardised ratio and rate
#'
#' An indirectly standardised ratio and rate.
#'
#' Formula: with reference events `X` of `N` people, `E = Σ(X / N) n` are expected; the ratio is `O / E`, the
#' rate the ratio times `ΣX / ΣN`, and the limits are those of the count `O` through the same factors.
#'
#' Takes: `events` by band, or `NULL` and their total as `observed`; `reference`, its bands, events and
#' population.
#'
#' @param band Column of age bands or other keys, each once; text, a factor, or numbers.
#' @param events Column of events by band; or `NULL`, and their total as `observed`.
#' @param population Column of people, or person-years.
#' @param reference The reference: a data frame of three columns, bands, events and population.
#' @param observed The observed events as a total, in place of `events`.
#' @param ratio_of What the ratio is given of: 100, or 1.
#' @param per What a value is given per, such as 1000 people, or 100 for percent.
#' @param level The level of the limits, between 0 and 1.
#' @param missing What is done with a figure that is missing; see the details.
#' @return A tibble: two rows, `statistic` "ratio" (of `ratio_of`) and "rate" (per `per`): `value, lower, upper,
#'   observed, expected, reference_rate, method`.
#' @section Errors: `kilter_error_method`. `kilter_error_data` for a column of another type. Rows are counted
#'   from 1.
#' @source `standardised::indirect`; `calculate_ISRatio`, `calculate_ISRate`.
#' @examples
#' reference <- data.frame(band = c("0-64", "65+"), events = c(300, 500), population = c(30000, 10000))
#' method_indirect(c("0-64", "65+"), NULL, c(2000, 400), reference, observed = 48, per = 1000)
#' @export
method_indirect <- function(band, events, population, reference, observed = NULL, ratio_of = 100, per = 1e5,
                            level = 0.95, missing = c("refuse", "zero")) {
  reference <- reference_of(reference)
  method("indirect", band = band, events = events, population = population, reference_band = reference[[1]],
         reference_events = reference[[2]], reference_population = reference[[3]], observed = observed,
         ratio_of = ratio_of, per = per, level = level, missing = match.arg(missing))
}

#' Directly standardised rate as ScotPHO has it
#'
#' A directly standardised rate as ScotPHO has it (EASR): 1.96, and Byar's limits however few the events.
#'
#' Takes: as [method_direct()], and the total of the standard as the scripts hold it.
#'
#' @param band Column of age bands or other keys, each once; text, a factor, or numbers.
#' @param events Column of events by band.
#' @param population Column of people, or person-years.
#' @param standard The standard population: numbers with the bands as names, or a data frame of two columns,
#'   bands and weights.
#' @param standard_total The total of the standard as the scripts hold it.
#' @param per What a value is given per, such as 1000 people, or 100 for percent.
#' @param missing What is done with a figure that is missing; see the details.
#' @return A tibble: one row: `value, lower, upper, events, population, method`.
#' @section Errors: `kilter_error_method`. `kilter_error_data` for a column of another type. Rows are counted
#'   from 1.
#' @source `standardised::scottish_rate`; ScotPHO's EASR script.
#' @examples
#' method_scottish_rate("a", 10, 1000, c(a = 200000), per = 1000)
#' @export
method_scottish_rate <- function(band, events, population, standard, standard_total = 2e5, per = 1e5,
                                 missing = c("refuse", "zero")) {
  standard <- weights_of(standard)
  method("scottish_rate", band = band, events = events, population = population, standard_band = standard$band,
         standard_weight = standard$weight, standard_total = standard_total, per = per, missing = match.arg(missing))
}

#' Rolling standardised rates as ScotPHO has them
#'
#' [method_scottish_rate()] of the means over windows of calendar years, each named by its last year.
#'
#' Takes: a row to each year and band.
#'
#' @param year Column of calendar years.
#' @param band Column of age bands or other keys, each once; text, a factor, or numbers.
#' @param events Column of events by band.
#' @param population Column of people, or person-years.
#' @param standard The standard population: numbers with the bands as names, or a data frame of two columns,
#'   bands and weights.
#' @param standard_total The total of the standard as the scripts hold it.
#' @param per What a value is given per, such as 1000 people, or 100 for percent.
#' @param window How many years a window has.
#' @param missing What is done with a figure that is missing; see the details.
#' @return A tibble: a row to each window: `last, value, lower, upper, events, population, method`.
#' @section Errors: `kilter_error_method`. `kilter_error_data` for a column of another type. Rows are counted
#'   from 1.
#' @source `standardised::scottish_rolling_rates`.
#' @examples
#' method_scottish_rolling_rates(
#'   c(2019, 2020), c("a", "a"), c(10, 30), c(1000, 1000), c(a = 200000), per = 1000, window = 2
#' )
#' @export
method_scottish_rolling_rates <- function(year, band, events, population, standard, standard_total = 2e5, per = 1e5,
                                          window = 3, missing = c("refuse", "zero")) {
  standard <- weights_of(standard)
  method("scottish_rolling_rates", year = year, band = band, events = events, population = population,
         standard_band = standard$band, standard_weight = standard$weight, standard_total = standard_total, per = per,
         window = window, missing = match.arg(missing))
}

#' Life expectancy
#'
#' Life expectancy at the beginning of each age band.
#'
#' Formula: Chiang's abridged life table, the last variance after Silcocks. In a band of `n` years with `M =
#' deaths / people`, those who die live the share `a` of it (0.1 below one year, else 0.5), and `q = M n / (1 +
#' M n (1 - a))` die.
#'
#' Takes: a row to each band: its first age, that at which the next begins (`NA` for the last, which is open),
#' people or person-years, deaths. More than 5,000 people in all.
#'
#' @param from Column: the first age of each band.
#' @param until Column: the age at which the next band begins; `NA` for the last, which is open.
#' @param population Column of people, or person-years.
#' @param deaths Column of deaths by band.
#' @param level The level of the limits, between 0 and 1.
#' @return A tibble: `from, value, lower, upper` in years, `population, deaths, method, reason`.
#' @section Errors: `kilter_error_method`. `kilter_error_data` for a column of another type. Rows are counted
#'   from 1.
#' @source `life_expectancy::life_expectancy`; `phe_life_expectancy`.
#' @examples
#' method_life_expectancy(c(0, 1, 65), c(1, 65, NA), c(1e3, 6e4, 1e4), c(4, 150, 500))
#' @export
method_life_expectancy <- function(from, until, population, deaths, level = 0.95) {
  method("life_expectancy", from = from, until = until, population = population, deaths = deaths, level = level)
}

# A standard as bands and weights.
weights_of <- function(standard, call = sys.call(-1)) {
  if (is.data.frame(standard) && length(standard) == 2L) {
    return(list(band = standard[[1]], weight = standard[[2]]))
  }
  if (is.numeric(standard) && !is.null(names(standard))) {
    return(list(band = names(standard), weight = unname(standard)))
  }
  refuse("data", "standard: numbers with the bands as names were expected, or a data frame of bands and weights",
         call = call)
}

reference_of <- function(reference, call = sys.call(-1)) {
  if (is.list(reference) && length(reference) == 3L) {
    return(unname(as.list(reference)))
  }
  refuse("data", "reference: a data frame of three columns was expected: bands, events, population", call = call)
}

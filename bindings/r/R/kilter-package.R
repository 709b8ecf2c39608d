#' An indicator engine for health and social care
#'
#' kilter keeps indicator time series in a local store, computes rates from their summed parts, judges them against dated
#' targets with tolerance, maps them to outcomes, and makes scorecards; everything can be read as it was known on any day.
#'
#' Begin with [kilter_demo()] and [kilter_open()], or with [kilter_create()] and [kilter_ingest()]. Ask with
#' [kilter_values()], [kilter_evaluate()], [kilter_compare()], [kilter_five_years()], [kilter_scorecard()] and
#' [kilter_explain()]; for millions of answers with [kilter_columns()]. The methods stand alone: [methods_of_kilter]. What is refused is a condition of class
#' `kilter_error` and one of its kinds:
#'
#' | class | what it says | and |
#' |---|---|---|
#' | `kilter_error_framework` | a framework is not sound | `problems`, a tibble of all of them |
#' | `kilter_error_profile` | a profile is not sound; also of the class above | `problems` |
#' | `kilter_error_ingest` | rows were refused, and nothing was kept | `rejections`, `receipt` |
#' | `kilter_error_read` | a file is not there or not read; also of the class above | |
#' | `kilter_error_not_found` | an indicator, area, level, release or framework that is not there | |
#' | `kilter_error_question` | an argument that is none of those expected | |
#' | `kilter_error_period` | a text that is no period; also of the class above | |
#' | `kilter_error_method` | a method refuses its figures or settings | |
#' | `kilter_error_data` | a column of a type that was not expected | |
#' | `kilter_error_store` | the store refuses, or the disk does | |
#' | `kilter_error_locked`, `kilter_error_damaged`, `kilter_error_closed` | kinds of the class above | |
#' | `kilter_error_internal` | a fault of kilter, not of its user | |
#'
#' @keywords internal
"_PACKAGE"

# The pronoun by which ggplot2 is told columns.
utils::globalVariables(".data")

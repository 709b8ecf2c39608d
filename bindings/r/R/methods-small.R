# Small numbers, and ages.

#' Withholding small counts
#'
#' Withholds small counts, and nothing else: what is withheld may follow from a total.
#'
#' Takes: `counts`, whole and not negative; `threshold`, the greatest count that is withheld.
#'
#' @param counts Column of counts, whole and not negative.
#' @param threshold The greatest count that is withheld.
#' @param zeros Whether zeros are `"shown"` or `"withheld"`.
#' @return A tibble: `count, reason`, a row to each row.
#' @section Errors: `kilter_error_method` for what is no count. `kilter_error_data` for a column of another
#'   type. Rows are counted from 1.
#' @source `disclosure::primary`.
#' @examples
#' method_primary(c(4, 5, 0), threshold = 4)
#' @export
method_primary <- function(counts, threshold, zeros = c("shown", "withheld")) {
  method("primary", counts = counts, threshold = threshold, zeros = match.arg(zeros))
}

#' Withholding small counts of a row
#'
#' The rule of the disclosure control app of Public Health Scotland: where a row of a table has one small count,
#' the next lowest goes too.
#'
#' Takes: the counts of one row, without its total.
#'
#' @param counts Column of counts, whole and not negative.
#' @param threshold The greatest count that is withheld.
#' @param zeros Whether zeros are `"shown"` or `"withheld"`.
#' @return A tibble: as [method_primary()].
#' @section Errors: `kilter_error_method` for settings or figures that are none. `kilter_error_data` for a
#'   column of another type. Rows are counted from 1.
#' @source `disclosure::row_wise`.
#' @examples
#' method_row_wise(c(3, 20, 50), threshold = 4)
#' @export
method_row_wise <- function(counts, threshold, zeros = c("shown", "withheld")) {
  method("row_wise", counts = counts, threshold = threshold, zeros = match.arg(zeros))
}

#' Withholding small counts of a table
#'
#' Withholds small counts of a table, and so many others (hypercubes) that none follows from the table and its
#' totals.
#'
#' Takes: `counts` without totals, the last dimension running fastest; `categories`, how many each dimension
#' has; `span`, how far apart the bounds of a withheld count are at least.
#'
#' @param counts Column of counts, whole and not negative.
#' @param categories How many categories each dimension has.
#' @param threshold The greatest count that is withheld.
#' @param zeros Whether zeros are `"shown"` or `"withheld"`.
#' @param span How far apart the bounds of a withheld count are at least.
#' @return A tibble: `count, reason` of the table with its totals, each dimension's total after its categories.
#' @section Errors: `kilter_error_method`. `kilter_error_data` for a column of another type. Rows are counted
#'   from 1.
#' @source `disclosure::protect`.
#' @examples
#' method_protect(c(3, 20, 9, 30), c(2, 2), threshold = 4)$count
#' @export
method_protect <- function(counts, categories, threshold, zeros = c("shown", "withheld"), span = 1) {
  method("protect", counts = counts, categories = categories, threshold = threshold, zeros = match.arg(zeros),
         span = span)
}

#' Rounding counts to a base
#'
#' Counts rounded to multiples of a base; a middle goes to the even multiple.
#'
#' Takes: `counts`, whole and not negative.
#'
#' @param counts Column of counts, whole and not negative.
#' @param base The base: counts become its multiples.
#' @return A tibble: `count`.
#' @section Errors: `kilter_error_method`. `kilter_error_data` for a column of another type. Rows are counted
#'   from 1.
#' @source `disclosure::to_base`.
#' @examples
#' method_to_base(c(12, 13, NA), 5)$count
#' @export
method_to_base <- function(counts, base = 5) {
  method("to_base", counts = counts, base = base)
}

#' Age in completed years
#'
#' The age in completed years.
#'
#' Takes: two columns of dates. Who was born on 29 February is a year older on 1 March.
#'
#' @param born Column of class `Date`: the day of birth.
#' @param on Column of class `Date`: the day of the age.
#' @return A tibble: `age, reason`; a day before the birth has no age.
#' @section Errors: `kilter_error_data` for a column of another type. `kilter_error_data` for a column of
#'   another type. Rows are counted from 1.
#' @source `ages::completed_years`.
#' @examples
#' method_completed_years(as.Date("2004-02-29"), as.Date("2023-02-28"))$age
#' @export
method_completed_years <- function(born, on) {
  method("completed_years", born = born, on = on)
}

#' Age in completed months
#'
#' The age in completed months.
#'
#' Takes: two columns of dates.
#'
#' @param born Column of class `Date`: the day of birth.
#' @param on Column of class `Date`: the day of the age.
#' @return A tibble: `age, reason`.
#' @section Errors: As [method_completed_years()]. `kilter_error_data` for a column of another type. Rows are
#'   counted from 1.
#' @source `ages::completed_months`.
#' @examples
#' method_completed_months(as.Date("2023-01-31"), as.Date("2023-03-01"))$age
#' @export
method_completed_months <- function(born, on) {
  method("completed_months", born = born, on = on)
}

#' Age groups
#'
#' The age group of each age, as tables have them: "65-69", "90+".
#'
#' Takes: `age` in years, not negative; groups `by` years wide from `from_` on, the last from `to` on and open.
#'
#' @param age Column of ages in years, not negative.
#' @param from Where the first group begins.
#' @param to Where the last group begins, which is open.
#' @param by How many years a group has.
#' @return A tibble: `group, reason`.
#' @section Errors: `kilter_error_method` for groups that are none. `kilter_error_data` for a column of another
#'   type. Rows are counted from 1.
#' @source `ages::AgeGroups`.
#' @examples
#' method_age_groups(c(67, 95, NA))$group
#' @export
method_age_groups <- function(age, from = 0, to = 90, by = 5) {
  method("age_groups", age = age, from = from, to = to, by = by)
}

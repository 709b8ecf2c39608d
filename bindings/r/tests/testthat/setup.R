# What the tests share: the invented partnership, to which nobody writes, and the folders of the project.

made <- kilter_demo(tempfile("demo-"))

# The project's folder; NULL where the package is tested away from it, as a built package is.
project <- local({
  named <- Sys.getenv("KILTER_PROJECT")
  if (nzchar(named)) normalizePath(named) else NULL
})

reading <- function() kilter_open(made$path)

# A store of one's own with the national framework, open for writing.
own_store <- function(path = tempfile("own-")) kilter_create(path, "scotland-core-suite", known_at = "2015-01-01")

# Two observations from which an indicator comes.
two_rows <- function(...) {
  data.frame(
    measure = c("readmissions-28-days", "discharges"), area = "S12000005", period = "2019/20", value = c(12, 96), ...
  )
}

# The path of something beside the project; with CI=true its absence fails, else it is said and the test ends there.
beside <- function(path, what) {
  if (is.null(project)) {
    message("\n", what, ": not checked, for the package is tested away from its project")
    return(NULL)
  }
  found <- file.path(dirname(project), path)
  if (file.exists(found)) {
    return(found)
  }
  if (identical(Sys.getenv("CI"), "true")) {
    stop(found, " does not stand beside the project, and CI=true asks for every test")
  }
  message("\n", what, ": not checked, for ", found, " does not stand beside the project")
  NULL
}

condition_of <- function(expression) tryCatch(expression, condition = identity)

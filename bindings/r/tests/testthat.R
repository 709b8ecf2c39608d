library(testthat)
library(kilter)

test_check("kilter")

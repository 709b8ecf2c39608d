/* What R calls when it loads the package: the library of Rust registers its function, and its panics, which
   become conditions, print nothing. */

void R_init_kilter_extendr(void *dll);
void register_extendr_panic_hook(void);

void R_init_kilter(void *dll) {
  register_extendr_panic_hook();
  R_init_kilter_extendr(dll);
}

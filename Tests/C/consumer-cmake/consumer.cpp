// A C++ program built against the installed CMake package.
#include <equipoise/equipoise.h>

#include <iostream>

int main() {
  std::cout << "equipoise " << eqp_version() << '\n';
  if (eqp_abi_version() != EQP_ABI_VERSION)
    return 1;
  eqp_model *model = nullptr;
  eqp_error *error = nullptr;
  if (eqp_model_new("{\"kind\": \"mlp\", \"hidden\": [8]}", &model, &error) != EQP_OK) {
    std::cerr << eqp_error_message(error) << '\n';
    eqp_error_free(error);
    return 1;
  }
  eqp_model_free(model);
  return 0;
}

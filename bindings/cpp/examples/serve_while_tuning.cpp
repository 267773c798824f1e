// A service that continues to predict while its model is tuned, and then serves the new one.
//
//   serve_while_tuning PEOPLE.csv FINETUNE.json
//
// A first model is trained by the configuration. Four threads answer requests with the current
// model while a second one is tuned from the first.
#include "files.hpp"

#include <equipoise/equipoise.hpp>

#include <atomic>
#include <cstdio>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>

namespace {

using equipoise::Dataset;
using equipoise::Model;

// The current model. Each prediction holds it; the old one is released with its last user.
class Service {
public:
  explicit Service(Model model) : model_(std::make_shared<const Model>(std::move(model))) {}

  std::shared_ptr<const Model> current() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return model_;
  }
  void replace(Model model) {
    auto next = std::make_shared<const Model>(std::move(model));
    const std::lock_guard<std::mutex> lock(mutex_);
    model_.swap(next);
  }

private:
  std::mutex mutex_;
  std::shared_ptr<const Model> model_;
};

void print_scores(const char *name, const Model &model, const Dataset &request) {
  std::printf("%s", name);
  for (const float score : model.predict(request).column_f32("score")) {
    std::printf(" %.3f", static_cast<double>(score));
  }
  std::printf("\n");
}

void run(const std::string &people, const std::string &config) {
  const Dataset train = Dataset::open(people);
  const Dataset request = Dataset::open(people, R"({"max_rows": 8})");
  Service service(
      Model::create(R"({"kind": "mlp", "hidden": [16]})").finetune(train, config).model);
  print_scores("first model: ", *service.current(), request);

  std::atomic<bool> is_open{true};
  std::atomic<long> answered{0};
  std::vector<std::thread> threads;
  for (int index = 0; index < 4; ++index) {
    threads.emplace_back([&] {
      try {
        while (is_open) {
          service.current()->predict(request).column_f32("score");
          ++answered;
        }
      } catch (const std::exception &error) {
        std::fprintf(stderr, "a request failed: %s\n", error.what());
      }
    });
  }
  std::exception_ptr failure;
  try {
    service.replace(service.current()->finetune(train, config).model);
  } catch (...) {
    failure = std::current_exception(); // rethrown after the threads have ended
  }
  is_open = false;
  for (std::thread &thread : threads) {
    thread.join();
  }
  if (failure) {
    std::rethrow_exception(failure);
  }
  print_scores("second model:", *service.current(), request);
  std::printf("%ld requests were answered while it was tuned\n", answered.load());
}

} // namespace

int main(int count, char **arguments) {
  if (count != 3) {
    std::fprintf(stderr, "usage: serve_while_tuning PEOPLE.csv FINETUNE.json\n");
    return 2;
  }
  try {
    run(arguments[1], read_text(arguments[2]));
    return 0;
  } catch (const std::exception &error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}

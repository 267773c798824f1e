// One model in many threads, while it is tuned.
#include "check.hpp"
#include "loans.hpp"

#include <atomic>
#include <thread>

using equipoise::Dataset;
using equipoise::Model;

TEST("Eight threads predict with a model while another tunes it, always with the same scores") {
  const Dataset table = loans();
  const Model model = tuned_model(table);
  const auto expected = model.predict(table).column_f32("score");
  const std::vector<float> row = {table.column_f32("income")[0], table.column_f32("debt")[0]};
  float expected_row = 0;
  model.predict_into(row, equipoise::Span<float>(&expected_row, 1));

  std::atomic<bool> is_tuning{true};
  std::atomic<int> differences{0};
  std::atomic<int> failures{0};
  std::vector<std::thread> threads;
  for (int index = 0; index < 8; ++index) {
    threads.emplace_back([&] {
      try {
        do {
          float score = -1;
          model.predict_into(row, equipoise::Span<float>(&score, 1));
          differences += score == expected_row ? 0 : 1;
          differences += model.predict(table).column_f32("score") == expected ? 0 : 1;
        } while (is_tuning);
      } catch (...) {
        ++failures;
      }
    });
  }
  const auto tuned = model.finetune(table, finetune_config(300));
  is_tuning = false;
  for (std::thread &thread : threads) {
    thread.join();
  }
  CHECK(differences == 0 && failures == 0);
  CHECK(tuned.model.predict(table).column_f32("score") != expected);
}

TEST("A model may be released while others tuned from it go on") {
  const Dataset table = loans();
  auto base = std::make_unique<Model>(tuned_model(table, 1));
  const Model tuned = base->finetune(table, finetune_config(1)).model;
  const auto expected = tuned.predict(table).column_f32("score");
  base.reset();
  CHECK(tuned.predict(table).column_f32("score") == expected);
}

// Progress: its events, how it stops the work, and its exceptions.
#include "check.hpp"
#include "loans.hpp"

#include <thread>

using equipoise::Dataset;
using equipoise::Error;
using equipoise::Hooks;
using equipoise::Model;
using equipoise::Progress;
using equipoise::Status;

namespace {
const char *const small_network = R"({"kind": "mlp", "hidden": [8]})";
struct OwnException {
  int number;
};
} // namespace

TEST("Progress is told of every epoch, on the calling thread") {
  int events = 0;
  Hooks hooks;
  hooks.progress = [&](std::string_view event) {
    CHECK(event.find("\"epoch\"") != std::string_view::npos);
    ++events;
    return Progress::proceed;
  };
  Model::create(small_network).finetune(loans(), finetune_config(3), hooks);
  CHECK(events >= 3);
}

TEST("Progress that asks to stop cancels the work") {
  Hooks hooks;
  hooks.progress = [](std::string_view) { return Progress::stop; };
  const Dataset table = loans();
  const Error error =
      THROWN_BY(Model::create(small_network).finetune(table, finetune_config(1000), hooks));
  CHECK(error.status() == Status::cancelled);
}

TEST("An exception of progress stops the work and comes out as it was thrown") {
  int events = 0;
  Hooks hooks;
  hooks.progress = [&](std::string_view) -> Progress {
    ++events;
    throw OwnException{42};
  };
  const Model model = Model::create(small_network);
  const Dataset table = loans();
  int caught = 0;
  try {
    model.finetune(table, finetune_config(1000), hooks);
  } catch (const OwnException &exception) {
    caught = exception.number;
  }
  CHECK(caught == 42 && events == 1);
  // The base model is still usable.
  CHECK(model.finetune(table, finetune_config(1)).report_json.size() > 2);
}

TEST("A communicator of one process is passed through") {
  eqp_communicator alone{};
  alone.struct_size = sizeof(eqp_communicator);
  alone.size = 1;
  alone.allreduce_sum_f32 = [](void *, float *, std::size_t) -> std::int32_t { return 0; };
  alone.allgather = [](void *, const void *, std::size_t, void *) -> std::int32_t { return 0; };
  alone.broadcast = [](void *, void *, std::size_t, std::int32_t) -> std::int32_t { return 0; };
  Hooks hooks;
  hooks.communicator = &alone;
  const Dataset table = loans();
  const Model model = Model::create(small_network);
  CHECK(model.finetune(table, finetune_config(1), hooks).report_json.size() > 2);
  alone.rank = 5; // outside 0 to size - 1: the error shows that it was passed on
  CHECK(THROWN_BY(model.finetune(table, finetune_config(1), hooks)).status() ==
        Status::invalid_argument);
}

TEST("A request of another thread cancels the work, and serves again when it is taken back") {
  const equipoise::Cancel cancel;
  Hooks hooks;
  hooks.cancel = &cancel;
  const Dataset table = loans();
  const Model model = Model::create(small_network);
  std::thread other([&] { cancel.request(); });
  const Error error = THROWN_BY(model.finetune(table, finetune_config(1000000), hooks));
  other.join();
  CHECK(error.status() == Status::cancelled && cancel.requested());
  CHECK(THROWN_BY(equipoise::audit(table, "{}", hooks)).status() == Status::cancelled);
  cancel.reset();
  CHECK(model.finetune(table, finetune_config(1), hooks).report_json.size() > 2);
}

TEST("An audit says how rows differ from reference rows") {
  const Dataset table = loans();
  const std::string report = equipoise::audit(
      table, table,
      R"({"data": {"label": "repaid", "prediction": "repaid", "sensitive": ["group"]}})");
  CHECK(report.find("\"changes\"") != std::string::npos);
}

// One epoch of the network 100-64-32-1 with the gap penalty in libtorch's C++, the peer that a C++
// service would embed. libtorch_epoch <threads>
#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

namespace {

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void epoch(torch::nn::Sequential &model, torch::optim::SGD &optimizer, const torch::Tensor &x,
           const torch::Tensor &y, const torch::Tensor &z, long batch) {
  const long rows = x.size(0);
  auto order = torch::randperm(rows);
  auto xs = x.index_select(0, order), ys = y.index_select(0, order), zs = z.index_select(0, order);
  for (long start = 0; start < rows; start += batch) {
    const long count = std::min(batch, rows - start);
    auto logits = model->forward(xs.narrow(0, start, count)).squeeze(1);
    auto mask = zs.narrow(0, start, count);
    auto inside = mask.sum(), sum = (logits * mask).sum();
    auto gap =
        ((logits.sum() - sum) / (count - inside).clamp_min(1) - sum / inside.clamp_min(1)).abs();
    auto loss = torch::binary_cross_entropy_with_logits(logits, ys.narrow(0, start, count)) + gap;
    optimizer.zero_grad();
    loss.backward();
    optimizer.step();
  }
}

} // namespace

int main(int, char **arguments) {
  at::set_num_threads(std::atoi(arguments[1]));
  torch::manual_seed(0);
  const long rows = 32561, columns = 100;
  auto x = torch::randn({rows, columns});
  auto z = (torch::rand({rows}) < 0.33).to(torch::kFloat);
  auto y = (torch::rand({rows}) < 0.24).to(torch::kFloat);
  for (long batch : {256L, 32L}) {
    torch::nn::Sequential model(torch::nn::Linear(columns, 64), torch::nn::ReLU(),
                                torch::nn::Linear(64, 32), torch::nn::ReLU(),
                                torch::nn::Linear(32, 1));
    torch::optim::SGD optimizer(model->parameters(), 0.01);
    std::vector<double> seconds;
    for (int run = -2; run < 7; run++) {
      const double start = now();
      epoch(model, optimizer, x, y, z, batch);
      if (run >= 0)
        seconds.push_back(now() - start);
    }
    std::sort(seconds.begin(), seconds.end());
    std::printf("{\"case\": \"fair_epoch\", \"variant\": \"batch %ld\", \"who\": \"libtorch C++\", "
                "\"unit\": \"ms\", \"median\": %.4f, \"minimum\": %.4f, \"maximum\": %.4f, "
                "\"runs\": 7}\n",
                batch, seconds[3] * 1e3, seconds.front() * 1e3, seconds.back() * 1e3);
  }
  return 0;
}

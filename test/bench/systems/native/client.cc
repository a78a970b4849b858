// Native gRPC's client: the callback API with its defaults, one channel, and a subchannel pool for each so that a new
// channel is a new connection. The cases are those of workloads/cases.ts, done the same way.
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "process.h"
#include "workload.grpc.pb.h"

using Clock = std::chrono::steady_clock;
using Stub = workload::Workload::Stub;

constexpr double kMiB = 1024.0 * 1024.0;
constexpr int kChunkBytes = 64 * 1024;

static double Since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

static void Require(const grpc::Status& status) {
  if (!status.ok()) throw std::runtime_error("call failed: " + status.error_message());
}

static void Require(bool fact, const char* text) {
  if (!fact) throw std::runtime_error(text);
}

static double Quantile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const double place = (values.size() - 1) * share;
  const size_t below = size_t(place);
  const size_t above = std::min(values.size() - 1, below + 1);
  return values[below] + (values[above] - values[below]) * (place - below);
}

static workload::Small SampleSmall(int id) {
  workload::Small small;
  small.set_id(id);
  small.set_name("sixteen letters!");
  for (const char* tag : {"red", "green", "blue"}) small.add_tags(tag);
  small.set_score(0.75);
  return small;
}

static workload::Order SampleOrder() {
  static const char* titles[] = {"Green tea, loose", "Kettle, 1.7 litres", "Cup and saucer", "Sugar, brown", "Biscuits"};
  workload::Order order;
  order.set_id(4711042);
  order.set_state(workload::ORDER_STATE_PAID);
  order.set_customer("Ada Lovelace");
  order.set_email("ada@analytical.example");
  auto* address = order.mutable_ship_to();
  address->set_street("12 St James's Square");
  address->set_city("London");
  address->set_postcode("SW1Y 4JH");
  address->set_country("GB");
  for (int index = 0; index < 10; index++) {
    auto* line = order.add_lines();
    line->set_sku("TEA-" + std::to_string(1000 + index * 37));
    line->set_title(titles[index % 5]);
    line->set_quantity(1 + index % 4);
    line->set_unit_price(4.25 + index * 1.5);
    line->set_gift(index % 3 == 0);
  }
  order.set_total(219.75);
  order.set_note("Leave it with the neighbour.");
  return order;
}

static workload::Bytes SampleBytes(int64_t bytes) {
  std::string value(bytes, '\0');
  for (int64_t index = 0; index < bytes; index++) value[index] = char((index * 31) % 251);
  workload::Bytes message;
  message.set_value(std::move(value));
  return message;
}

static std::string Outcome(double amount, double seconds, const Json& figures) {
  return Json().Put("amount", amount).Put("seconds", seconds).PutRaw("figures", figures.Text()).Text();
}

// The three kinds of calls, by the method that makes them.
template <typename Message>
using Start = void (*)(Stub&, grpc::ClientContext*, const Message*, Message*, std::function<void(grpc::Status)>);

static void StartSmall(Stub& stub, grpc::ClientContext* context, const workload::Small* request,
                       workload::Small* response, std::function<void(grpc::Status)> done) {
  stub.async()->EchoSmall(context, request, response, std::move(done));
}
static void StartOrder(Stub& stub, grpc::ClientContext* context, const workload::Order* request,
                       workload::Order* response, std::function<void(grpc::Status)> done) {
  stub.async()->EchoOrder(context, request, response, std::move(done));
}
static void StartBytes(Stub& stub, grpc::ClientContext* context, const workload::Bytes* request,
                       workload::Bytes* response, std::function<void(grpc::Status)> done) {
  stub.async()->EchoBytes(context, request, response, std::move(done));
}

// A closed loop: each caller starts its next call when its last one is answered.
template <typename Message>
class Callers {
 public:
  // Calls go to the stubs in turn.
  Callers(std::vector<Stub*> stubs, Start<Message> start, Message request, bool timed)
      : stubs_(std::move(stubs)), start_(start), request_(std::move(request)), timed_(timed) {}

  void Run(int concurrency, double seconds) {
    end_ = Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
    open_ = concurrency;
    const auto start = Clock::now();
    for (int caller = 0; caller < concurrency; caller++) Next(std::make_unique<Message>());
    std::unique_lock<std::mutex> lock(mutex_);
    done_.wait(lock, [this] { return open_ == 0; });
    seconds_ = Since(start);
    Require(failure_);
  }

  // Stops when `over` is set instead of after a time.
  void RunUntil(const std::atomic<bool>& over) {
    over_ = &over;
    Run(1, 3600);
  }

  double Calls() const { return double(calls_.load()); }
  double Seconds() const { return seconds_; }
  const std::vector<double>& Times() const { return times_; }

 private:
  void Next(std::unique_ptr<Message> response) {
    auto* context = new grpc::ClientContext();
    auto* into = response.release();
    const auto start = Clock::now();
    start_(*stubs_[next_++ % stubs_.size()], context, &request_, into, [this, context, into, start](grpc::Status status) {
      std::unique_ptr<Message> response(into);
      delete context;
      if (status.ok()) {
        calls_++;
        // One caller alone: nobody else writes here.
        if (timed_) times_.push_back(Since(start));
        if (Clock::now() < end_ && (over_ == nullptr || !over_->load())) return Next(std::move(response));
      }
      std::lock_guard<std::mutex> lock(mutex_);
      if (!status.ok()) failure_ = status;
      if (--open_ == 0) done_.notify_one();
    });
  }

  const std::vector<Stub*> stubs_;
  std::atomic<size_t> next_{0};
  const Start<Message> start_;
  const Message request_;
  const bool timed_;
  const std::atomic<bool>* over_ = nullptr;
  Clock::time_point end_;
  std::atomic<int64_t> calls_{0};
  std::vector<double> times_;
  double seconds_ = 0;
  std::mutex mutex_;
  std::condition_variable done_;
  int open_ = 0;
  grpc::Status failure_;
};

template <typename Message>
static std::string Calls(std::vector<Stub*> stubs, Start<Message> start, Message request, int concurrency,
                         double seconds, double bytes) {
  Callers<Message> callers(std::move(stubs), start, std::move(request), concurrency == 1);
  callers.Run(concurrency, seconds);
  const double calls = callers.Calls();
  Json figures;
  figures.Put("calls", calls).Put("perSecond", calls / callers.Seconds());
  if (bytes > 0) figures.Put("mibPerSecond", calls * bytes / kMiB / callers.Seconds());
  if (concurrency == 1) {
    figures.Put("p50Us", Quantile(callers.Times(), 0.5) * 1e6).Put("p99Us", Quantile(callers.Times(), 0.99) * 1e6);
  }
  return Outcome(bytes > 0 ? calls * bytes : calls, callers.Seconds(), figures);
}

// Reads one stream to its end.
template <typename Message>
class Reader : public grpc::ClientReadReactor<Message> {
 public:
  explicit Reader(std::function<void(const Message&)> take) : take_(std::move(take)) {}

  grpc::ClientContext* Context() { return &context_; }

  void Run() {
    this->StartRead(&message_);
    this->StartCall();
    std::unique_lock<std::mutex> lock(mutex_);
    over_.wait(lock, [this] { return ended_; });
    Require(status_);
  }

  void OnReadDone(bool ok) override {
    if (!ok) return;
    take_(message_);
    this->StartRead(&message_);
  }

  void OnDone(const grpc::Status& status) override {
    std::lock_guard<std::mutex> lock(mutex_);
    status_ = status;
    ended_ = true;
    over_.notify_one();
  }

 private:
  const std::function<void(const Message&)> take_;
  grpc::ClientContext context_;
  Message message_;
  std::mutex mutex_;
  std::condition_variable over_;
  bool ended_ = false;
  grpc::Status status_;
};

static std::string Items(Stub& stub, int count) {
  int64_t items = 0, sum = 0;
  Reader<workload::Small> reader([&](const workload::Small& item) {
    items++;
    sum += item.id();
  });
  workload::ItemsRequest request;
  request.set_count(count);
  const auto start = Clock::now();
  stub.async()->Items(reader.Context(), &request, &reader);
  reader.Run();
  const double seconds = Since(start);
  Require(items == count && sum == int64_t(count) * (count - 1) / 2, "items are missing");
  return Outcome(count, seconds, Json().Put("perSecond", count / seconds));
}

// MiB per second.
static double ReadChunks(Stub& stub, double bytes, double& seconds) {
  workload::ChunksRequest request;
  request.set_count(std::max(1, int(std::lround(bytes / kChunkBytes))));
  request.set_bytes(kChunkBytes);
  int64_t received = 0;
  Reader<workload::Bytes> reader([&](const workload::Bytes& chunk) { received += chunk.value().size(); });
  const auto start = Clock::now();
  stub.async()->Chunks(reader.Context(), &request, &reader);
  reader.Run();
  seconds = Since(start);
  Require(received == int64_t(request.count()) * kChunkBytes, "chunks are missing");
  return received / kMiB / seconds;
}

static std::string Chunks(Stub& stub, double bytes) {
  double seconds = 0;
  const double rate = ReadChunks(stub, bytes, seconds);
  return Outcome(rate * seconds * kMiB, seconds, Json().Put("mibPerSecond", rate));
}

static std::string Slowly(Stub& stub, double bytes, double seconds) {
  grpc::ClientContext context;
  workload::ChunksRequest request;
  request.set_count(int(bytes / kChunkBytes));
  request.set_bytes(kChunkBytes);
  const auto start = Clock::now();
  auto reader = stub.Chunks(&context, request);
  workload::Bytes chunk;
  double received = 0;
  while (Since(start) < seconds && reader->Read(&chunk)) {
    received += chunk.value().size();
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  const double elapsed = Since(start);
  // Left open, as the others leave it: the process ends with the run.
  new std::unique_ptr<grpc::ClientReader<workload::Bytes>>(std::move(reader));
  return Outcome(received, elapsed, Json().Put("mibPerSecond", received / kMiB / elapsed));
}

static std::string Mixed(Stub& stub, double bytes) {
  double alone_seconds = 0, beside_seconds = 0;
  const double alone = ReadChunks(stub, bytes / 2, alone_seconds);
  std::atomic<bool> over{false};
  Callers<workload::Small> calls({&stub}, StartSmall, SampleSmall(1), true);
  std::thread calling([&] { calls.RunUntil(over); });
  const double beside = ReadChunks(stub, bytes / 2, beside_seconds);
  over = true;
  calling.join();
  return Outcome(bytes, alone_seconds + beside_seconds,
                 Json()
                     .Put("p50Ms", Quantile(calls.Times(), 0.5) * 1e3)
                     .Put("p99Ms", Quantile(calls.Times(), 0.99) * 1e3)
                     .Put("callsPerSecond", calls.Calls() / beside_seconds)
                     .Put("bulkMibPerSecond", beside)
                     .Put("bulkKept", beside / alone));
}

class Connections {
 public:
  Connections(std::string target, std::shared_ptr<grpc::ChannelCredentials> credentials)
      : target_(std::move(target)), credentials_(std::move(credentials)) {}

  // With one call behind it.
  std::shared_ptr<grpc::Channel> Open() const {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    auto channel = grpc::CreateCustomChannel(target_, credentials_, arguments);
    auto stub = workload::Workload::NewStub(channel);
    grpc::ClientContext context;
    context.set_wait_for_ready(true);
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
    workload::Small answer;
    Require(stub->EchoSmall(&context, SampleSmall(1), &answer));
    return channel;
  }

  std::string InTurn(double seconds) const {
    int connections = 0;
    double elapsed = 0;
    while (elapsed < seconds) {
      const auto start = Clock::now();
      auto channel = Open();
      elapsed += Since(start);
      connections++;
    }
    return Outcome(connections, elapsed, Json().Put("perSecond", connections / elapsed));
  }

  std::string Idle(int count) {
    const auto start = Clock::now();
    while (int(idle_.size()) < count) idle_.push_back(Open());
    return Outcome(count, Since(start), Json());
  }

  // Of so many connections; those that are missing are opened.
  std::vector<Stub*> Stubs(int count) {
    while (int(stubs_.size()) < count) stubs_.push_back(workload::Workload::NewStub(Open()));
    std::vector<Stub*> some;
    for (int index = 0; index < count; index++) some.push_back(stubs_[index].get());
    return some;
  }

 private:
  const std::string target_;
  const std::shared_ptr<grpc::ChannelCredentials> credentials_;
  std::vector<std::shared_ptr<grpc::Channel>> idle_;
  std::vector<std::unique_ptr<Stub>> stubs_;
};

template <typename Message>
static void CheckEcho(Stub& stub, Start<Message> start, const Message& request) {
  std::mutex mutex;
  std::condition_variable answered;
  bool done = false;
  grpc::Status status;
  grpc::ClientContext context;
  Message response;
  start(stub, &context, &request, &response, [&](grpc::Status result) {
    std::lock_guard<std::mutex> lock(mutex);
    status = result;
    done = true;
    answered.notify_one();
  });
  std::unique_lock<std::mutex> lock(mutex);
  answered.wait(lock, [&] { return done; });
  Require(status);
  Require(response.SerializeAsString() == request.SerializeAsString(), "an echo differs from what was sent");
}

static std::string Check(Stub& stub, const std::string& name) {
  if (name == "w7-resumed") return "{\"supported\":false}";
  CheckEcho(stub, StartSmall, SampleSmall(42));
  CheckEcho(stub, StartOrder, SampleOrder());
  CheckEcho(stub, StartBytes, SampleBytes(1024 * 1024));
  const std::string expected = SampleBytes(kChunkBytes).value();
  int chunks = 0;
  Reader<workload::Bytes> reader([&](const workload::Bytes& chunk) { chunks += chunk.value() == expected ? 1 : 0; });
  workload::ChunksRequest request;
  request.set_count(40);
  request.set_bytes(kChunkBytes);
  stub.async()->Chunks(reader.Context(), &request, &reader);
  reader.Run();
  Require(chunks == 40, "chunks differ from what was sent");
  return "{\"supported\":true}";
}

static bool Begins(const std::string& name, const std::string& with) { return name.rfind(with, 0) == 0; }

static std::string Suffix(const std::string& name) { return name.substr(name.rfind('-') + 1); }

int main(int, char** argv) {
  const std::string certificates = argv[1];
  auto pem = [&](const char* name) { return ReadFile(certificates + "/" + name + ".pem"); };
  auto credentials = grpc::SslCredentials({pem("ca"), pem("client-key"), pem("client")});
  Connections connections("localhost:" + std::string(argv[2]), credentials);
  auto stub = workload::Workload::NewStub(connections.Open());
  Say("{\"ready\":true}");
  Obey({
      {"usage", [](const Words&) { return Usage(0); }},
      {"check", [&](const Words& words) { return Check(*stub, words.at(0)); }},
      {"run",
       [&](const Words& words) -> std::string {
         const std::string name = words.at(0);
         const double seconds = std::stod(words.at(1)), amount = std::stod(words.at(2));
         if (name == "w1-c1") return Calls({stub.get()}, StartSmall, SampleSmall(1), 1, seconds, 0);
         if (name == "w1-c64") return Calls({stub.get()}, StartSmall, SampleSmall(1), 64, seconds, 0);
         if (name == "w1-c512") return Calls({stub.get()}, StartSmall, SampleSmall(1), 512, seconds, 0);
         if (Begins(name, "w10-connections-")) {
           return Calls(connections.Stubs(std::stoi(Suffix(name))), StartSmall, SampleSmall(1), 64, seconds, 0);
         }
         if (Begins(name, "w10-bytes-")) {
           const int64_t bytes = std::stoll(Suffix(name));
           return Calls({stub.get()}, StartBytes, SampleBytes(bytes), 4, seconds, 2.0 * bytes);
         }
         if (name == "start") return Outcome(1, 0, Json());
         if (name == "w2") return Calls({stub.get()}, StartOrder, SampleOrder(), 64, seconds, 0);
         if (name == "w3") return Calls({stub.get()}, StartBytes, SampleBytes(1024 * 1024), 4, seconds, 2 * kMiB);
         if (name == "w4") return Items(*stub, int(amount));
         if (name == "w5") return Chunks(*stub, amount);
         if (name == "w6") return Slowly(*stub, amount, seconds);
         if (name == "w7-full") return connections.InTurn(seconds);
         if (name == "w8") return connections.Idle(int(amount));
         if (name == "w9") return Mixed(*stub, amount);
         throw std::runtime_error("there is no case " + name);
       }},
  });
}

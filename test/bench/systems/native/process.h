// What both ends of native gRPC have in common: the instrument's conversation (a line of words in, a line of JSON out), what
// this process has used, and the certificates.
#pragma once

#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

using Words = std::vector<std::string>;

inline std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// Numbers alone: no value needs escaping.
class Json {
 public:
  Json& Put(const char* name, double value) {
    char text[96];
    std::snprintf(text, sizeof text, "%s\"%s\":%.17g", body_.empty() ? "" : ",", name, value);
    body_ += text;
    return *this;
  }
  Json& PutRaw(const char* name, const std::string& json) {
    body_ += (body_.empty() ? "\"" : ",\"") + std::string(name) + "\":" + json;
    return *this;
  }
  std::string Text() const { return "{" + body_ + "}"; }

 private:
  std::string body_;
};

inline std::string Usage(double produced_bytes) {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  auto micros = [](const timeval& time) { return time.tv_sec * 1e6 + time.tv_usec; };
  long pages = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> pages >> resident;
  return Json()
      .Put("cpuUs", micros(used.ru_utime) + micros(used.ru_stime))
      .Put("gcUs", 0)
      .Put("rssBytes", double(resident) * sysconf(_SC_PAGESIZE))
      .Put("peakRssBytes", used.ru_maxrss * 1024.0)
      .Put("producedBytes", produced_bytes)
      .Text();
}

inline void Say(const std::string& line) { std::cout << line << std::endl; }

// Answers until the input ends, and with it the process.
inline void Obey(const std::map<std::string, std::function<std::string(const Words&)>>& commands) {
  std::string line;
  while (std::getline(std::cin, line)) {
    std::istringstream text(line);
    Words words;
    for (std::string word; text >> word;) words.push_back(word);
    try {
      const std::string name = words.empty() ? "" : words.front();
      if (!words.empty()) words.erase(words.begin());
      Say(commands.at(name)(words));
    } catch (const std::exception& error) {
      std::string message;
      for (char c : std::string(error.what())) message += c == '"' || c == '\\' || c < ' ' ? ' ' : c;
      Say("{\"error\":\"" + message + "\"}");
    }
  }
  _exit(0);
}

#pragma once

#include <string>
#include <utility>
#include <vector>

namespace load {

/// A chart of lines over two axes, as a part of an SVG picture.
class chart {
public:
  using point = std::pair<double, double>;

  struct tick {
    double at;
    std::string label;
  };

  chart(std::string title, std::string unit) : title_(std::move(title)), unit_(std::move(unit)) {}

  /// Points in the order of their x.
  void add(std::string name, std::vector<point> points) { lines_.push_back({std::move(name), std::move(points)}); }

  /// What is written below the x axis; the axis reaches from the first to the last.
  void set_x_ticks(std::vector<tick> ticks) { x_ticks_ = std::move(ticks); }

  /// A y axis on which each step is ten times the last, for values above 0. Otherwise it begins at 0.
  void set_logarithmic() { logarithmic_ = true; }

  /// @param top where in the picture it begins
  std::string draw(double top) const;

  static constexpr double width = 860;
  static constexpr double height = 300;

private:
  struct line {
    std::string name;
    std::vector<point> points;
  };

  std::vector<tick> y_ticks() const;
  double highest() const;
  double lowest() const;

  std::string title_;
  std::string unit_;
  std::vector<line> lines_;
  std::vector<tick> x_ticks_;
  bool logarithmic_ = false;
};

/// A whole picture of charts below each other.
std::string picture(const std::string& title, const std::vector<chart>& charts);

}  // namespace load

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

  /// The labels of the x axis, which reaches from the first to the last.
  void set_x_ticks(std::vector<tick> ticks) { x_ticks_ = std::move(ticks); }

  /// Makes the y axis logarithmic, for values above 0. A linear axis begins at 0.
  void set_logarithmic() { logarithmic_ = true; }

  /// @param top the position of the chart in the picture
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

/// A complete picture of charts, one below the other.
std::string picture(const std::string& title, const std::vector<chart>& charts);

}  // namespace load

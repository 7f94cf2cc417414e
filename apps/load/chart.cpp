#include "chart.hpp"

#include <algorithm>
#include <cmath>

#include "number_text.hpp"

namespace load {

namespace {

constexpr double left = 80;
constexpr double right = 170;  // for the names of the lines
constexpr double above = 40;
constexpr double below = 30;
constexpr const char* colors[] = {"#c2410c", "#0e7490", "#4d7c0f", "#7e22ce", "#b45309", "#be185d"};

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      default:
        out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
  }
  return out;
}

std::string attribute(const char* name, double value) {
  return std::string{" "} + name + "=\"" + fixed(value, 1) + '"';
}

std::string text_at(double x, double y, const char* anchor, const std::string& text) {
  return "<text" + attribute("x", x) + attribute("y", y) + " text-anchor=\"" + anchor + "\">" + escaped(text) +
         "</text>\n";
}

std::string line_from_to(double x1, double y1, double x2, double y2) {
  return "<line" + attribute("x1", x1) + attribute("y1", y1) + attribute("x2", x2) + attribute("y2", y2) +
         " stroke=\"#d6d3d1\"/>\n";
}

/// The size of a step: a round number, so that a few steps reach `most`.
double step_for(double most) {
  const double rough = most / 5;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  for (const double factor : {5.0, 2.0}) {
    if (rough >= factor * power) return factor * power;
  }
  return power;
}

std::string number_label(double value) {
  if (value >= 10'000) return grouped(static_cast<std::uint64_t>(std::llround(value)));
  auto text = fixed(value, 3);
  while (text.ends_with('0')) text.pop_back();
  if (text.ends_with('.')) text.pop_back();
  return text;
}

}  // namespace

double chart::highest() const {
  double most = 0;
  for (const auto& l : lines_) {
    for (const auto& p : l.points) most = std::max(most, p.second);
  }
  return most > 0 ? most : 1;
}

double chart::lowest() const {
  double least = highest();
  for (const auto& l : lines_) {
    for (const auto& p : l.points) {
      if (p.second > 0) least = std::min(least, p.second);
    }
  }
  return least;
}

std::vector<chart::tick> chart::y_ticks() const {
  std::vector<tick> ticks;
  if (logarithmic_) {
    const double end = std::max(std::ceil(std::log10(highest())), std::floor(std::log10(lowest())) + 1);
    for (double power = std::floor(std::log10(lowest())); power <= end; ++power) {
      ticks.push_back({power, number_label(std::pow(10, power))});
    }
    return ticks;
  }
  const double step = step_for(highest());
  const double steps = std::ceil(highest() / step);
  for (double i = 0; i <= steps; ++i) ticks.push_back({i * step, number_label(i * step)});
  return ticks;
}

std::string chart::draw(double top) const {
  const auto ys = y_ticks();
  const double x_begin = x_ticks_.front().at;
  const double x_length = std::max(x_ticks_.back().at - x_begin, 1e-9);
  const double y_begin = ys.front().at;
  const double y_length = ys.back().at - y_begin;
  const auto x_of = [&](double x) { return left + (x - x_begin) / x_length * (width - left - right); };
  const auto y_of = [&](double y) {
    return top + height - below - (y - y_begin) / y_length * (height - above - below);
  };

  std::string out = text_at(left, top + 20, "start", title_ + ", " + unit_);
  for (const auto& t : ys) {
    out +=
        line_from_to(left, y_of(t.at), width - right, y_of(t.at)) + text_at(left - 8, y_of(t.at) + 4, "end", t.label);
  }
  for (const auto& t : x_ticks_) {
    out += line_from_to(x_of(t.at), top + above, x_of(t.at), top + height - below) +
           text_at(x_of(t.at), top + height - below + 18, "middle", t.label);
  }
  std::size_t number = 0;
  for (const auto& l : lines_) {
    const std::string color = colors[number % std::size(colors)];
    std::string points;
    for (const auto& [x, y] : l.points) {
      const double height_of = logarithmic_ ? std::log10(std::max(y, lowest())) : y;
      points.append(fixed(x_of(x), 1)).append(1, ',').append(fixed(y_of(height_of), 1)).append(1, ' ');
    }
    const auto name = text_at(width - right + 12, top + above + 6 + 18 * static_cast<double>(number), "start", l.name);
    out.append("<polyline fill=\"none\" stroke-width=\"2\" stroke=\"").append(color);
    out.append("\" points=\"").append(points).append("\"/>\n<g fill=\"").append(color).append("\">");
    out.append(name).append("</g>\n");
    ++number;
  }
  return out;
}

std::string picture(const std::string& title, const std::vector<chart>& charts) {
  constexpr double head = 40;
  const auto size = head + chart::height * static_cast<double>(charts.size());
  std::string out = "<svg xmlns=\"http://www.w3.org/2000/svg\"" + attribute("width", chart::width) +
                    attribute("height", size) + " font-family=\"sans-serif\" font-size=\"13\" fill=\"#292524\">\n" +
                    "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n<g font-size=\"16\">" +
                    text_at(20, 26, "start", title) + "</g>\n";
  double top = head;
  for (const auto& c : charts) {
    out += c.draw(top);
    top += chart::height;
  }
  return out + "</svg>\n";
}

}  // namespace load

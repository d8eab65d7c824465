package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/plotutil"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// plot writes an SVG for each figure, plain and over TLS: bars side by side.
func (r *report) plot(dir string) error {
	for _, f := range figures {
		file := filepath.Join(dir, "bench-"+f.name)
		if err := r.bars(file+".svg", f, f.title, r.group(false)); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		if err := r.bars(file+tlsSuffix+".svg", f, tlsTitle(f.title), r.group(true)); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	file := filepath.Join(dir, "bench-ratio.svg")
	if err := r.ratioBars(file); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}

const (
	barWidth = vg.Length(9)
	height   = vg.Length(300)
)

// chart is bars side by side: a group for each case.
type chart struct {
	*plot.Plot
	cases []benchCase
	sets  int // how many bars a group has
	added int
}

func newChart(title string, cases []benchCase, sets int) *chart {
	c := &chart{Plot: plot.New(), cases: cases, sets: sets}
	c.Title.Text = title
	c.Legend.Top, c.Legend.Left = true, true
	names := make([]string, len(cases))
	for i, one := range cases {
		names[i] = one.String()
	}
	c.NominalX(names...)
	c.Add(plotter.NewGrid())
	return c
}

// offset is where the bars of the next set stand beside the middle of their groups.
func (c *chart) offset() vg.Length { return barWidth * (vg.Length(c.added) - vg.Length(c.sets-1)/2) }

func (c *chart) set(name string, color int, value func(benchCase) float64) error {
	values := make(plotter.Values, len(c.cases))
	for i, one := range c.cases {
		values[i] = value(one)
	}
	bars, err := plotter.NewBarChart(values, barWidth)
	if err != nil {
		return err
	}
	bars.Color, bars.LineStyle.Width, bars.Offset = plotutil.Color(color), 0, c.offset()
	c.Add(bars)
	c.Legend.Add(name, bars)
	c.added++
	return nil
}

func (c *chart) save(file string) error {
	c.Y.Max *= 1.3 // the legend stands above the bars
	return c.Save(vg.Length(max(60, 12*c.sets)*len(c.cases)+160), height, file)
}

// bars writes a figure of some subjects; nothing where there is nothing to show.
func (r *report) bars(file string, f figure, title string, subjects []string) error {
	cases := r.cases(f.loop)
	subjects = slices.DeleteFunc(slices.Clone(subjects), func(s string) bool {
		return f.proxy && s == "none" || len(cases) == 0 || len(r.values(cases[0], s, f)) == 0
	})
	if len(subjects) == 0 || len(subjects) == 1 && subjects[0] == "none" {
		return nil
	}
	c := newChart(title, cases, len(subjects))
	for _, subject := range subjects {
		color := slices.Index(subjectNames, strings.TrimSuffix(subject, tlsSuffix))
		err := c.set(subject, color, func(one benchCase) float64 { return median(r.values(one, subject, f)) })
		if err != nil {
			return err
		}
	}
	return c.save(file)
}

// ratioBars writes Geogate's throughput over HAProxy's with the spread of the rounds, plain and over TLS.
func (r *report) ratioBars(file string) error {
	cases := r.cases(closedLoop)
	var subjects []string
	for _, s := range []string{"geogate", "geogate" + tlsSuffix} {
		if len(cases) > 0 && slices.Contains(r.Subjects, s) && slices.Contains(r.Subjects, reference(s)) {
			subjects = append(subjects, s)
		}
	}
	if len(subjects) == 0 {
		return nil
	}
	c := newChart("Geogate's throughput over HAProxy's", cases, len(subjects))
	c.Y.Min = 0
	for i, subject := range subjects {
		w := whiskers{offset: c.offset()}
		for _, one := range cases {
			found, _ := r.ratio(one, throughput, subject, reference(subject))
			w.spreads = append(w.spreads, found.spread)
			c.Y.Max = max(c.Y.Max, found.Max)
		}
		err := c.set(subject, i, func(one benchCase) float64 { return w.spreads[slices.Index(cases, one)].Median })
		if err != nil {
			return err
		}
		c.Add(w)
	}
	c.Add(plotter.NewFunction(func(float64) float64 { return 1 }))
	return c.save(file)
}

// whiskers draws the spreads of one set of bars over them. It implements plot.Plotter.
type whiskers struct {
	spreads []spread
	offset  vg.Length
}

// Plot implements plot.Plotter.
func (w whiskers) Plot(canvas draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&canvas)
	const cap = barWidth / 4
	for i, s := range w.spreads {
		at, low, high := x(float64(i))+w.offset, y(s.Min), y(s.Max)
		canvas.StrokeLines(plotter.DefaultLineStyle,
			[]vg.Point{{X: at, Y: low}, {X: at, Y: high}},
			[]vg.Point{{X: at - cap, Y: low}, {X: at + cap, Y: low}},
			[]vg.Point{{X: at - cap, Y: high}, {X: at + cap, Y: high}})
	}
}

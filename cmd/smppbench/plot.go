package main

import (
	"fmt"
	"path/filepath"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/plotutil"
	"gonum.org/v1/plot/vg"
)

// plot writes an SVG for each figure: bars side by side.
func (r *report) plot(dir string) error {
	for name, f := range map[string]figure{
		"throughput": figures[0], "cpu": figures[1], "latency-p50": figures[3], "latency-p99": figures[4],
	} {
		if err := r.bars(filepath.Join(dir, "bench-"+name+".svg"), f); err != nil {
			return err
		}
	}
	return nil
}

const barWidth = vg.Length(9)

func (r *report) bars(file string, f figure) error {
	cases := r.cases(f.open)
	if len(cases) == 0 {
		return nil
	}
	p := plot.New()
	p.Title.Text = f.title
	p.Legend.Top, p.Legend.Left = true, true
	names := make([]string, len(cases))
	for i, c := range cases {
		names[i] = c.String()
	}
	p.NominalX(names...)
	p.Add(plotter.NewGrid())
	for i, subject := range r.Subjects {
		if f.proxy && subject == "none" {
			continue
		}
		values := make(plotter.Values, len(cases))
		for n, c := range cases {
			values[n] = r.median(c, subject, f)
		}
		bars, err := plotter.NewBarChart(values, barWidth)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		bars.Color, bars.LineStyle.Width = plotutil.Color(i), 0
		bars.Offset = barWidth * (vg.Length(i) - vg.Length(len(r.Subjects)-1)/2)
		p.Add(bars)
		p.Legend.Add(subject, bars)
	}
	return p.Save(vg.Length(90*len(cases)+160), 300, file)
}

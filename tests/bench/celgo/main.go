// SPDX-License-Identifier: Apache-2.0

// celgo measures cel-go over the expressions of a policies file: one line an expression, its number
// and the nanoseconds of one evaluation, best of several rounds. bench_cel runs it and compares.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
)

type policies struct {
	Expressions []string       `json:"expressions"`
	Input       map[string]any `json:"input"`
}

// integers become int64, as Kubernetes reads them
func numbers(v any) any {
	switch v := v.(type) {
	case json.Number:
		if !strings.ContainsAny(v.String(), ".eE") {
			if i, err := v.Int64(); err == nil {
				return i
			}
		}
		f, _ := v.Float64()
		return f
	case map[string]any:
		for k := range v {
			v[k] = numbers(v[k])
		}
	case []any:
		for i := range v {
			v[i] = numbers(v[i])
		}
	}
	return v
}

func measure(p cel.Program, a cel.Activation) (time.Duration, error) {
	best := time.Duration(1 << 62)
	n := 1000
	for round := 0; round < 7; round++ {
		start := time.Now()
		for i := 0; i < n; i++ {
			if _, _, err := p.Eval(a); err != nil {
				return 0, err
			}
		}
		spent := time.Since(start)
		if per := spent / time.Duration(n); per < best {
			best = per
		}
		if spent < 50*time.Millisecond {
			n *= 4
		}
	}
	return best, nil
}

func run(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var in policies
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&in); err != nil {
		return err
	}
	numbers(in.Input)
	options := []cel.EnvOption{}
	for name := range in.Input {
		options = append(options, cel.Variable(name, cel.DynType))
	}
	env, err := cel.NewEnv(options...)
	if err != nil {
		return err
	}
	vars, err := cel.NewActivation(in.Input)
	if err != nil {
		return err
	}
	for i, text := range in.Expressions {
		ast, issues := env.Compile(text)
		if issues.Err() != nil {
			return issues.Err()
		}
		program, err := env.Program(ast, cel.EvalOptions(cel.OptOptimize))
		if err != nil {
			return err
		}
		per, err := measure(program, vars)
		if err != nil {
			return err
		}
		fmt.Printf("%d %d\n", i, per.Nanoseconds())
	}
	return nil
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: celgo POLICIES.json")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "celgo:", err)
		os.Exit(1)
	}
}

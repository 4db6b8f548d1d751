// Command trivy checks the Kubernetes manifests of a directory with Trivy's own scanner and the checks that its module
// embeds. Nothing is fetched, and nothing else of Trivy (images, licences, clouds) is linked.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"

	"github.com/aquasecurity/trivy/pkg/iac/rego"
	"github.com/aquasecurity/trivy/pkg/iac/scan"
	"github.com/aquasecurity/trivy/pkg/iac/scanners/kubernetes"
	"github.com/aquasecurity/trivy/pkg/iac/scanners/kubernetes/parser"
)

// Finding is one check that one file does not pass.
type Finding struct {
	ID       string `json:"id"`
	Severity string `json:"severity"`
	File     string `json:"file"`
	Title    string `json:"title"`
	Message  string `json:"message"`
}

// Report is what is printed: how many files were read, and every finding in them.
type Report struct {
	Files    int       `json:"files"`
	Passed   int       `json:"passed"`
	Findings []Finding `json:"findings"`
}

func main() {
	if len(os.Args) != 2 {
		fail(fmt.Errorf("usage: trivy DIRECTORY"))
	}
	report, err := check(context.Background(), os.DirFS(os.Args[1]))
	if err != nil {
		fail(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(report); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "error:", err)
	os.Exit(2)
}

func check(ctx context.Context, manifests fs.FS) (Report, error) {
	files, err := readable(ctx, manifests)
	if err != nil {
		return Report{}, err
	}
	scanner := kubernetes.NewScanner(rego.WithEmbeddedPolicies(true), rego.WithEmbeddedLibraries(true))
	results, err := scanner.ScanFS(ctx, manifests, ".")
	if err != nil {
		return Report{}, err
	}
	passed := results.GetPassed()
	return Report{Files: files, Passed: len(passed), Findings: findings(results.GetFailed())}, nil
}

// readable counts the files and refuses one that cannot be parsed: the scanner would only log it and go on.
func readable(ctx context.Context, manifests fs.FS) (int, error) {
	files := 0
	err := fs.WalkDir(manifests, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(manifests, path)
		if err != nil {
			return err
		}
		parsed, err := parser.Parse(ctx, bytes.NewReader(content), path)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if len(parsed) == 0 {
			return fmt.Errorf("%s: holds no manifest", path)
		}
		files++
		return nil
	})
	return files, err
}

func findings(failed scan.Results) []Finding {
	found := make([]Finding, 0, len(failed))
	for _, each := range failed {
		rule := each.Rule()
		found = append(found, Finding{
			ID:       rule.ID,
			Severity: string(each.Severity()),
			File:     each.Range().GetFilename(),
			Title:    rule.Summary,
			Message:  each.Description(),
		})
	}
	return found
}

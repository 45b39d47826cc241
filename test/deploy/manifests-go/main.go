// Reads Kubernetes manifests from standard input into Kubernetes' own types; a field that is not one of them is an error.
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"

	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/util/yaml"
	strict "sigs.k8s.io/yaml"
)

type head struct {
	Kind string `json:"kind"`
}

func target(kind string) (any, error) {
	switch kind {
	case "Service":
		return &core.Service{}, nil
	case "ServiceAccount":
		return &core.ServiceAccount{}, nil
	case "StatefulSet":
		return &apps.StatefulSet{}, nil
	case "NetworkPolicy":
		return &networking.NetworkPolicy{}, nil
	}
	return nil, fmt.Errorf("kind %q is not expected here", kind)
}

func main() {
	reader := yaml.NewYAMLReader(bufio.NewReader(os.Stdin))
	counts := map[string]int{}
	for {
		document, err := reader.Read()
		if err == io.EOF {
			break
		}
		check(err)
		var found head
		check(strict.Unmarshal(document, &found))
		if found.Kind == "" {
			continue
		}
		into, err := target(found.Kind)
		check(err)
		check(strict.UnmarshalStrict(document, into))
		counts[found.Kind]++
	}
	fmt.Println(counts)
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

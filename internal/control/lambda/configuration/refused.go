package configuration

import (
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/wire"
)

// Members are the members of a configuration that a client sets.
type Members = wire.UpdateFunctionConfigurationRequest

// OfCreate are those of a new function.
func OfCreate(in *wire.CreateFunctionRequest) *Members {
	return &Members{
		Role: in.Role, Handler: in.Handler, Description: in.Description, Timeout: in.Timeout, MemorySize: in.MemorySize, VpcConfig: in.VpcConfig,
		Environment: in.Environment, Runtime: in.Runtime, DeadLetterConfig: in.DeadLetterConfig, KMSKeyArn: in.KMSKeyArn, TracingConfig: in.TracingConfig,
		Layers: in.Layers, FileSystemConfigs: in.FileSystemConfigs, ImageConfig: in.ImageConfig, EphemeralStorage: in.EphemeralStorage,
		SnapStart: in.SnapStart, LoggingConfig: in.LoggingConfig, CapacityProviderConfig: in.CapacityProviderConfig, DurableConfig: in.DurableConfig,
		RuntimeConfig: in.RuntimeConfig, AcceleratorConfig: in.AcceleratorConfig,
	}
}

// CheckSupported refuses members that would have no effect. Values that say what is so anyway, such as no file systems, are accepted:
// Terraform sends them.
func CheckSupported(in *Members) error {
	for _, m := range []struct {
		name string
		set  bool
	}{
		{"VpcConfig", in.VpcConfig != nil && (len(in.VpcConfig.SubnetIds) > 0 || len(in.VpcConfig.SecurityGroupIds) > 0)},
		{"KMSKeyArn", wire.Value(in.KMSKeyArn) != ""},
		{"TracingConfig.Mode Active", in.TracingConfig != nil && wire.Value(in.TracingConfig.Mode) == "Active"},
		{"FileSystemConfigs", len(in.FileSystemConfigs) > 0},
		{"ImageConfig", in.ImageConfig != nil},
		{"SnapStart.ApplyOn PublishedVersions", in.SnapStart != nil && wire.Value(in.SnapStart.ApplyOn) == "PublishedVersions"},
		{"CapacityProviderConfig", in.CapacityProviderConfig != nil},
		{"DurableConfig", in.DurableConfig != nil},
		{"RuntimeConfig", in.RuntimeConfig != nil},
		{"AcceleratorConfig", in.AcceleratorConfig != nil},
	} {
		if m.set {
			return wire.Unsupported(m.name)
		}
	}
	return nil
}

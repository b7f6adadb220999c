import Telemetry

/// What this program is.
public enum Build {
    public static let version = "0.1.0"

    static let info = BuildInfo(version: version, revision: "", swift: "6.3")
}

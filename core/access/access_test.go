package access

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

func full() Request {
	return Request{
		Spec: workload.Spec{
			Image: "image", Command: []string{"serve"}, User: "1000", Network: "host", Publish: []string{"80", "0.0.0.0:81:81"},
			Delivery: workload.DeliverySealed, ReadOnly: true,
			Volumes: []string{"/a:b:/c:ro"}, EnvFiles: []string{"/x/.env"}, EnvInherit: []string{"TERM"},
			EnvVars: map[string]string{"MODE": "fast"}, Labels: map[string]string{"owner": "labelled"},
		},
		Secrets:   []Binding{{"one", "ONE"}},
		Variables: map[string]string{"MODE": "fast", "PLAIN": "1", "HTTP_PROXY": "proxy:1", "ONE": "hidden"},
	}
}

// Whatever is changed or added is missing, and nothing else.
func TestMissing_EveryChangeIsAskedAbout(t *testing.T) {
	for want, change := range map[string]func(*Request){
		"":                              func(r *Request) { r.Variables["PLAIN"] = "2"; r.Spec.Publish[0] = "82" },
		"variable://OTHER":              func(r *Request) { r.Variables["OTHER"] = "3" },
		"two":                           func(r *Request) { r.Secrets = append(r.Secrets, Binding{"two", "TWO"}) },
		"one as /file":                  func(r *Request) { r.Secrets[0].Target = "/file"; delete(r.Variables, "ONE") },
		"network://container:x":         func(r *Request) { r.Spec.Network = "container:x" },
		"publish://[::]:81:81":          func(r *Request) { r.Spec.Publish = []string{"[::]:81:81"} },
		"volume:///a:b:/c":              func(r *Request) { r.Spec.Volumes[0] = "/a:b:/c" },
		"volume:///a:/b:/c":             func(r *Request) { r.Spec.Volumes[0] = "/a:/b:/c" }, // is /a:/b to the engine as to a user
		"volume:///a:b:/d:ro":           func(r *Request) { r.Spec.Volumes[0] = "/a:b:/d:ro" },
		"volume:///else:/c:ro":          func(r *Request) { r.Leads = map[string]string{"/a:b": "/else"} },
		"file:///else":                  func(r *Request) { r.Leads = map[string]string{"/x/.env": "/else"} },
		"file:///linked":                func(r *Request) { r.Linked = []string{"/linked"} },
		"network://default":             func(r *Request) { r.Spec.Network = "" },
		"delivery://env":                func(r *Request) { r.Spec.Delivery = "env" },
		"root://writable":               func(r *Request) { r.Spec.ReadOnly = false },
		"workdir:///data":               func(r *Request) { r.Spec.Workdir = "/data" },
		"variable://PGHOST":             func(r *Request) { r.Variables["PGHOST"] = "evil" },
		"volume:///a:b:/c:ro,Z,rshared": func(r *Request) { r.Spec.Volumes[0] += ",rshared,Z" },
		"user://root":                   func(r *Request) { r.Spec.User = "root" },
		"arguments":                     func(r *Request) { r.Spec.Command = []string{"sh"} },
		"file:///y/.env":                func(r *Request) { r.Spec.EnvFiles = append(r.Spec.EnvFiles, "/y/.env") },
		"env://HOME":                    func(r *Request) { r.Spec.EnvInherit = append(r.Spec.EnvInherit, "HOME") },
		"variable://MODE":               func(r *Request) { r.Spec.EnvVars["MODE"], r.Variables["MODE"] = "slow", "slow" },
		"variable://HTTP_PROXY":         func(r *Request) { r.Variables["HTTP_PROXY"] = "evil:1" },
		"variable://OPENAI_BASE_URL":    func(r *Request) { r.Variables["OPENAI_BASE_URL"] = "evil" },
		"variable://LD_PRELOAD":         func(r *Request) { r.Variables["LD_PRELOAD"] = "/x.so" },
		"variable://API":                func(r *Request) { r.Variables["API"] = "https://evil.example" },
		"label://owner":                 func(r *Request) { r.Spec.Labels["owner"] = "you" },
		"variable://all_proxy":          func(r *Request) { r.Variables["all_proxy"] = "evil" },
		"variable://AWS_ENDPOINT":       func(r *Request) { r.Variables["AWS_ENDPOINT"] = "evil" },
		"variable://NODE_OPTIONS":       func(r *Request) { r.Variables["NODE_OPTIONS"] = "--require x" },
		// An inherited variable that is not set, so that an env file sets it.
		"variable://TERM":              func(r *Request) { r.Variables["TERM"] = "from a file" },
		"file:///dir":                  func(r *Request) { r.Spec.EnvFileDir = "/dir" },
		"publish://not a port:80":      func(r *Request) { r.Spec.Publish = append(r.Spec.Publish, "not a port:80") },
		"variable://DATABASE_HOSTNAME": func(r *Request) { r.Variables["DATABASE_HOSTNAME"] = "evil" },
	} {
		granted := Granted(full().Items())
		r := full()
		change(&r)
		got := strings.Join(Names(Missing(r.Items(), granted)), " ")
		if got != want {
			t.Errorf("missing is %q, want %q", got, want)
		}
	}
}

// A variable that steers is granted with its value, and another value is asked about.
func TestMissing_AnotherValueOfWhatSteersIsAskedAbout(t *testing.T) {
	for _, name := range []string{"HTTP_PROXY", "PGHOST", "BASH_ENV", "LD_LIBRARY_PATH_64", "KUBECONFIG", "GIT_SSL_NO_VERIFY", "API"} {
		scheme := ""
		if name == "API" { // steers by its value only
			scheme = "https://"
		}
		r := full()
		r.Variables[name] = scheme + "one"
		granted := Granted(r.Items())
		r.Variables[name] = scheme + "two"
		if got := Names(Missing(r.Items(), granted)); !slices.Equal(got, []string{"variable://" + name}) {
			t.Errorf("another value of %s: %q is missing", name, got)
		}
	}
}

// The digest of a short value can be guessed.
func TestItems_ASecretsVariableIsNoPlainOne(t *testing.T) {
	r := full()
	r.Secrets = append(r.Secrets, Binding{"two", "API_URL"})
	r.Variables["API_URL"] = "hidden"
	for _, item := range r.Items() {
		if item.Kind == Variable && (item.Name == "variable://ONE" || item.Name == "variable://API_URL") {
			t.Errorf("%+v is of a secret", item)
		}
	}
}

func TestItems_WhatAnEnvFileTakesOverIsInherited(t *testing.T) {
	r := full()
	before := len(r.Items())
	r.Expanded = []string{"TERM", "THING"} // of which the first is inherited anyway
	items := r.Items()
	if !slices.Contains(Names(items), "env://THING") || len(items) != before+1 {
		t.Error(Names(items))
	}
}

func TestItems_HoldNoValue(t *testing.T) {
	for _, item := range full().Items() {
		for _, value := range []string{"fast", "proxy:1", "serve", "labelled", "hidden"} {
			if strings.Contains(item.Key, value) && item.Kind != Secret || strings.Contains(item.Name, value) {
				t.Errorf("%+v holds %q", item, value)
			}
		}
	}
}

func TestMissing_EarlierGrantCoversEveryTarget(t *testing.T) {
	items := Unusual(Request{Secrets: []Binding{{"one", "A"}, {"one", "B"}}}.Items(), nil)
	if missing := Missing(items, []string{"one"}); len(missing) > 0 {
		t.Error(missing)
	}
	if missing := Missing(items, []string{"one,target=A"}); !slices.Equal(Names(missing), []string{"one as B"}) {
		t.Error(missing)
	}
}

// former are keys as an earlier version wrote them for full.
var former = []string{
	"one,target=ONE", "network://host", "publish://0.0.0.0:81:81", "volume:///a:b:ro", "user://1000", "file:///x/.env", "env://TERM",
	"arguments://#" + digest([]string{"serve"}), "variable://MODE#" + digest("fast"), "variable://HTTP_PROXY#" + digest("proxy:1"),
	"label://owner#" + digest("labelled"),
}

func TestMissing_EarlierGrantOfTheSameCounts(t *testing.T) {
	r := full()
	r.Spec.Delivery, r.Spec.ReadOnly, r.Spec.Workdir, r.Variables["PGHOST"] = "", false, "/data", "db" // not asked about then
	if missing := Missing(Asked(r.Items(), former), former); len(missing) > 0 {
		t.Error(missing)
	}
	r.Leads = map[string]string{"/a:b": "/else", "/x/.env": "/y"}
	r.Variables["REQUESTS_CA_BUNDLE"], r.Variables["LD_DEBUG"] = "x", "x" // asked about then
	want := []string{"volume:///else:/c:ro", "file:///y", "variable://LD_DEBUG", "variable://REQUESTS_CA_BUNDLE"}
	if missing := Missing(Asked(r.Items(), former), former); !slices.Equal(Names(missing), want) {
		t.Error(missing)
	}
}

// What one kind was granted is no grant of another kind, whatever a provider is called.
func TestMissing_KindsDoNotCollide(t *testing.T) {
	open := full()
	open.Spec.Delivery, open.Spec.ReadOnly, open.Spec.Workdir, open.Spec.Network = "", false, "/data", ""
	granted := slices.Concat(former, Granted(full().Items()), Granted(open.Items()))
	for _, key := range slices.Clone(granted) {
		ref := strings.TrimPrefix(key, ",")
		if !strings.Contains(ref, "://") {
			continue
		}
		items := Unusual(Request{Spec: workload.Spec{Network: "none"}, Secrets: []Binding{{ref, "OTHER"}, {ref, ""}}}.Items(), nil)
		if missing := Missing(items, granted); len(missing) != 2 {
			t.Errorf("the secret %s is granted by another kind: %v", ref, missing)
		}
	}
	secrets := Keys(Request{Secrets: []Binding{{"network://host", ""}, {"network://host", "X"}}}.Items())
	network := Request{Spec: workload.Spec{Network: "host"}}.Items()
	if missing := Missing(network, secrets); !slices.Contains(Names(missing), "network://host") {
		t.Error("a network is granted by a secret")
	}
}

func TestUnusual_KeepsWhatWasLackedBefore(t *testing.T) {
	items := Request{Spec: workload.Spec{Image: "image"}}.Items()
	for want, granted := range map[string][]string{"": nil, "root://writable": Granted(items[:2])} {
		if got := strings.Join(Names(Unusual(items, granted)), " "); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// steerings are variables that the documentation of libpq, git, ssh, AWS, Google, Azure,
// curl, Kubernetes, language runtimes, build tools and the C library say choose a host, a
// file or code.
var steerings = `
PGHOST PGHOSTADDR PGPORT PGSERVICE PGPASSFILE PGSERVICEFILE PGSYSCONFDIR PGSSLMODE PGSSLROOTCERT PGSSLKEY PGOPTIONS PGREQUIRESSL PGGSSENCMODE PGCHANNELBINDING
MYSQL_HOST MYSQL_UNIX_PORT MYSQL_TEST_LOGIN_FILE LIBMYSQL_PLUGINS LIBMYSQL_PLUGIN_DIR REDIS_URL MONGODB_URI
GIT_ASKPASS GIT_CONFIG_GLOBAL GIT_CONFIG_COUNT GIT_CONFIG_KEY_0 GIT_SSH GIT_SSH_COMMAND GIT_SSH_VARIANT GIT_PROXY_COMMAND GIT_EXEC_PATH GIT_TEMPLATE_DIR GIT_DIR GIT_WORK_TREE
GIT_EXTERNAL_DIFF GIT_EDITOR GIT_SSL_NO_VERIFY GIT_SSL_CAINFO GIT_ALTERNATE_OBJECT_DIRECTORIES GIT_ALLOW_PROTOCOL GIT_INDEX_FILE
SSH_ASKPASS SSH_ASKPASS_REQUIRE SSH_AUTH_SOCK SSH_SK_PROVIDER SUDO_ASKPASS GNUPGHOME KRB5_CONFIG KRB5CCNAME KRB5_KTNAME NETRC WGETRC
AWS_CONFIG_FILE AWS_SHARED_CREDENTIALS_FILE AWS_WEB_IDENTITY_TOKEN_FILE AWS_ENDPOINT_URL_S3 AWS_CA_BUNDLE AWS_PROFILE AWS_ROLE_ARN AWS_DATA_PATH
AWS_CONTAINER_CREDENTIALS_FULL_URI AWS_CONTAINER_CREDENTIALS_RELATIVE_URI AWS_EC2_METADATA_SERVICE_ENDPOINT AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE BOTO_CONFIG
GOOGLE_APPLICATION_CREDENTIALS CLOUDSDK_CONFIG CLOUDSDK_PYTHON GCE_METADATA_HOST AZURE_AUTHORITY_HOST AZURE_CONFIG_DIR AZURE_CLIENT_CERTIFICATE_PATH
VAULT_ADDR CONSUL_HTTP_ADDR DOCKER_HOST DOCKER_CONTEXT DOCKER_CERT_PATH KUBECONFIG KUBERNETES_SERVICE_HOST KUBECTL_EXTERNAL_DIFF
OPENAI_BASE_URL OPENAI_API_BASE ANTHROPIC_BASE_URL OTEL_EXPORTER_OTLP_ENDPOINT OTEL_EXPORTER_OTLP_HEADERS SENTRY_DSN
http_proxy HTTPS_PROXY all_proxy NO_PROXY GOPROXY npm_config_registry SSLKEYLOGFILE SSL_CERT_FILE SSL_CERT_DIR CURL_HOME CURL_CA_BUNDLE
LD_PRELOAD LD_AUDIT GCONV_PATH LOCPATH NLSPATH GETCONF_DIR RES_OPTIONS LOCALDOMAIN HOSTALIASES RESOLV_HOST_CONF TMPDIR TZDIR TERMINFO TERMINFO_DIRS TERMCAP MALLOC_TRACE LIBPATH
DYLD_INSERT_LIBRARIES OPENSSL_CONF OPENSSL_ENGINES OPENSSL_MODULES GTK_MODULES QT_PLUGIN_PATH XDG_CONFIG_DIRS XDG_CONFIG_HOME
PATH HOME SHELL BASH_ENV ENV SHELLOPTS BASHOPTS IFS PS4 PROMPT_COMMAND ZDOTDIR CDPATH  INPUTRC BASH_FUNC_ls%% BASH_LOADABLES_PATH HISTFILE
EDITOR VISUAL BROWSER PAGER MANPAGER GIT_PAGER LESSOPEN LESSCLOSE LESSKEY LESS VIMINIT EXINIT
PYTHONPATH PYTHONHOME PYTHONSTARTUP PYTHONBREAKPOINT PYTHONINSPECT PYTHONWARNINGS PYTHONUSERBASE PYTHONPLATLIBDIR PYTHONPYCACHEPREFIX PYTHONEXECUTABLE PIP_INDEX_URL
PIP_CONFIG_FILE PIP_TRUSTED_HOST PIP_FIND_LINKS PIP_REQUIREMENT UV_INDEX UV_DEFAULT_INDEX VIRTUAL_ENV CONDA_PREFIX
PERL5LIB PERLLIB PERL5OPT PERL5DB PERL5SHELL PERLIO PERLIO_DEBUG RUBYLIB RUBYOPT RUBYSHELL RUBYPATH GEM_HOME GEM_PATH BUNDLE_GEMFILE BUNDLE_PATH
NODE_OPTIONS NODE_PATH NODE_EXTRA_CA_CERTS NODE_TLS_REJECT_UNAUTHORIZED NODE_REPL_EXTERNAL_MODULE NPM_CONFIG_USERCONFIG YARN_RC_FILENAME DENO_DIR BUN_OPTIONS
JAVA_TOOL_OPTIONS _JAVA_OPTIONS JDK_JAVA_OPTIONS JAVA_HOME CLASSPATH MAVEN_OPTS MAVEN_ARGS GRADLE_OPTS SBT_OPTS CATALINA_OPTS
GOFLAGS GOENV GOROOT GOPATH GOTOOLCHAIN GOSUMDB GONOSUMDB GONOSUMCHECK GOINSECURE GOPRIVATE GOVCS GOCACHE GODEBUG CC CXX CFLAGS LDFLAGS CGO_LDFLAGS MAKEFLAGS MAKEFILES
RUSTC RUSTC_WRAPPER RUSTFLAGS CARGO_HOME CARGO_TARGET_DIR CARGO_BUILD_RUSTC_WRAPPER PHPRC PHP_INI_SCAN_DIR LUA_INIT LUA_INIT_5_4 LUA_PATH LUA_CPATH R_PROFILE R_ENVIRON R_LIBS JULIA_LOAD_PATH
ERL_FLAGS ERL_AFLAGS ERL_LIBS ELIXIR_ERL_OPTIONS CORECLR_PROFILER CORECLR_ENABLE_PROFILING COR_PROFILER_PATH DOTNET_STARTUP_HOOKS DOTNET_ADDITIONAL_DEPS DOTNET_ROOT TCLLIBPATH GUILE_LOAD_PATH
POSTGRES_PASSWORD_FILE DB_HOST SMTP_SERVER SERVICE_ENDPOINTS AUTH_DOMAIN PLUGIN_DIRS ANSIBLE_INVENTORY TF_CLI_CONFIG_FILE HELM_PLUGINS TF_CLI_ARGS_plan`

func TestSteers_WhatChoosesAHostAFileOrCode(t *testing.T) {
	for _, name := range strings.Fields(steerings) {
		if !Steers(name, "x") || !Steers(strings.ToLower(name), "x") {
			t.Errorf("%s does not steer", name)
		}
	}
	if !Steers("PLAIN", "redis://x") {
		t.Error("an address does not steer")
	}
	for _, name := range []string{
		"PLAIN", "LOG_LEVEL", "DEBUG", "TZ", "API_TIMEOUT", "MODE", "LANG", "LC_ALL", "TERM", "COLUMNS", "NO_COLOR", "API_KEY", "DB_USER", "DB_PASSWORD",
		"POSTGRES_DB", "WORKERS", "FEATURE_X", "FEATURE_FLAGS", "APP_NAME", "VERSION", "MAX_SIZE", "RETRIES", "REGION", "SEARCH", "SOURCE", "ACCESS", "LICENSE",
	} {
		if Steers(name, "x") {
			t.Errorf("%s steers", name)
		}
	}
}

func TestUngrantedError_IsDeniedAndSaysTheCommand(t *testing.T) {
	err := error(&UngrantedError{Workload: "web", Image: "evil\rhidden", Items: full().Items(), Running: true})
	for _, part := range []string{"one", "thv restart web", "--yes", `"evil\rhidden"`} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q is not in: %v", part, err)
		}
	}
	if !errors.Is(err, secret.ErrDenied) {
		t.Error("it is not denied")
	}
}

func TestUngrantedError_AdviceFits(t *testing.T) {
	for want, err := range map[string]UngrantedError{
		"thv start web": {}, "thv restart web": {Running: true}, "run the command again": {Starting: true},
	} {
		err.Workload = "web"
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in: %v", want, &err)
		}
	}
}

func TestList_FitsOnAScreenAndHidesNothing(t *testing.T) {
	items := []Item{plain(Volume, "/a\x1b[2J"), plain(File, strings.Repeat("x", 10*maxShown)+"/end")}
	text := List(items)
	if strings.Contains(text, "\x1b") || len(text) > 2*maxShown+20 || !strings.HasSuffix(text, "x/end") {
		t.Errorf("List: got %q, want a shortened text without escapes that ends in x/end", text)
	}
	for i := range 3 * MaxListed {
		items = append(items, plain(Inherited, "V"+strings.Repeat("x", i)))
	}
	items = append(items, plain(Network, "host"))
	text = List(items)
	if n := strings.Count(text, "://"); n != MaxListed || !strings.Contains(text, "and 23 more (networks: 1, variables: 22;") {
		t.Errorf("%d names: %q", n, text)
	}
	for _, item := range append(full().Items(), plain(Workdir, "/data")) {
		if !slices.ContainsFunc(counting, func(c struct {
			kind Kind
			what string
		}) bool {
			return c.kind == item.Kind
		}) {
			t.Errorf("%s is not counted", item.Kind)
		}
	}
}

// What an earlier version saved had without a question what it did not ask about.
func TestFormer_IsWhatWasAskedAbout(t *testing.T) {
	r := full()
	r.Spec.Delivery, r.Spec.ReadOnly, r.Spec.Workdir = "", false, "/data"
	want := []string{"one", "network://host", "publish://0.0.0.0:81:81", "volume:///a:b:/c:ro", "file:///x/.env", "env://TERM"}
	if got := Names(Former(r.Items())); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestNameOf_LeavesOutDigests(t *testing.T) {
	for _, item := range full().Items() {
		want := item.Name
		if item.Kind == Secret {
			want = "one,target=ONE"
		}
		if got := NameOf(item.Key); got != want {
			t.Errorf("%q is shown as %q", item.Key, got)
		}
	}
	for _, key := range Granted(Request{}.Items()) {
		if got := NameOf(key); got != "" {
			t.Errorf("%q is shown as %q", key, got)
		}
	}
}

// FuzzItems proves that what consent names of a volume and a port is what is mounted
// and published.
func FuzzItems(f *testing.F) {
	for _, text := range []string{"/a:/b", "/a:b:/c:ro", "/a:/b:Z,ro", "/a:/b:ro,shared,x", "name:/x", `C:\x:/y`, "0.0.0.0:80:80", "[::1]:1:2/udp", "::ffff:127.0.0.1:1:2", "/a:/b:ro:/c", "1:2"} {
		f.Add(text, text)
	}
	f.Fuzz(func(t *testing.T, volume, publish string) {
		items := Request{Spec: workload.Spec{Volumes: []string{volume}, Publish: []string{publish}}}.Items()
		names := Names(items)
		if v, err := workload.ParseVolume(volume); err == nil {
			want := "volume://" + filepath.Clean(v.Source) + ":" + v.Target
			if mode := v.Mode(); mode != "" {
				want += ":" + mode
			}
			if !slices.Contains(names, want) {
				t.Errorf("%q mounts %q, and %q is asked about", volume, v.Source, names)
			}
		}
		if p, err := workload.ParsePublish(publish); err == nil && !p.Address.Unmap().IsLoopback() && !slices.Contains(names, "publish://"+publish) {
			t.Errorf("%q publishes on %v unasked: %q", publish, p.Address, names)
		}
	})
}

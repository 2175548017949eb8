"""What each setting means, in both languages; a test keeps the names equal to those of `settings.Settings`."""

from meguri.kernel.text import Text

SECRETS = frozenset(
    {
        "authzen_key",
        "backup_key",
        "database_url",
        "gateway_key",
        "l3_client_secret",
        "metrics_token",
        "oidc_client_secret",
        "s3_secret_key",
        "secret_key",
        "smtp_url",
    }
)
"""Never shown, never logged; may come from a file."""

ABOUT: dict[str, Text] = {
    "profile": Text(
        ja="用途。ほかの設定の既定値を決める",
        en="What the installation is for; decides the other defaults",
    ),
    "data_dir": Text(
        ja="データを置くフォルダー",
        en="Folder of all data",
    ),
    "host": Text(
        ja="待ち受けるアドレス",
        en="Address to listen on",
    ),
    "port": Text(
        ja="待ち受けるポート",
        en="Port to listen on",
    ),
    "public_url": Text(
        ja="外部から見た URL（リンクと QR コードに使う）。未設定なら要求の宛先を使う",
        en="URL as seen from outside, for links and QR codes; unset: taken from the request",
    ),
    "tls_certificate": Text(
        ja="TLS 証明書のファイル（PEM、中間証明書を含む）。設定すると HTTPS だけで待ち受ける",
        en="File of the TLS certificate (PEM, with its chain); with it, only HTTPS is served",
    ),
    "tls_key": Text(
        ja="TLS 証明書の秘密鍵のファイル（PEM）",
        en="File of the TLS certificate's private key (PEM)",
    ),
    "dpp_http2_only": Text(
        ja="EN 18216 のとおり、パスポートの API（EN 18222）とコードの宛先では HTTP/1.x を 400 で断る",
        en="As EN 18216 has it: refuse HTTP/1.x by 400 on the passports' API (EN 18222) and where codes lead to",
    ),
    "trusted_proxies": Text(
        ja="X-Forwarded-For を信用するプロキシーの CIDR",
        en="CIDRs of proxies whose X-Forwarded-For is believed",
    ),
    "cors_origins": Text(
        ja="ブラウザーからの呼び出しを許すオリジン",
        en="Origins whose pages may call the API",
    ),
    "web_processes": Text(
        ja="Web プロセスの数",
        en="Number of web processes",
    ),
    "request_body_mb": Text(
        ja="JSON 本文の上限（MB）",
        en="Largest JSON body, in MB",
    ),
    "file_mb": Text(
        ja="ファイル 1 件の上限（MB）",
        en="Largest file, in MB",
    ),
    "disk_reserve_mb": Text(
        ja="空き容量がこれ（MB）を下回ると変更を断る（閲覧とサインインは続けられる）",
        en="Free space, in MB, below which changes are refused (reading and signing in go on)",
    ),
    "request_timeout_s": Text(
        ja="1 要求の制限時間（秒）",
        en="Time limit of one request, in seconds",
    ),
    "requests_per_second": Text(
        ja="1 つの鍵または 1 つのアドレスが続けて送れる毎秒の要求数（短い間はその 5 倍まで）",
        en="Requests per second that one key or one address may go on sending (five times as many for a moment)",
    ),
    "concurrent_requests": Text(
        ja="同時に処理する要求の上限。超えた分は 503 を返す",
        en="Requests handled at once; more are answered 503",
    ),
    "database_url": Text(
        ja="外部 PostgreSQL（15 以上）の所有者としての接続先。未設定なら内蔵データベースを使う",
        en="A PostgreSQL (15 or newer) of your own, as its owner; unset: the embedded database",
    ),
    "database_connections": Text(
        ja="1 プロセスあたりのデータベース接続数の上限",
        en="Most database connections of one process",
    ),
    "statement_timeout_s": Text(
        ja="SQL 1 文の制限時間（秒）",
        en="Time limit of one SQL statement, in seconds",
    ),
    "worker_jobs": Text(
        ja="ワーカー 1 つが同時に行うジョブの数",
        en="Jobs that one worker does at once",
    ),
    "cascade_parts": Text(
        ja="同じトランザクションで合計を更新する部品数の上限。超えた分はジョブで追いつく",
        en="Parts whose totals follow in the same transaction; beyond that, jobs catch up",
    ),
    "idempotency_hours": Text(
        ja="Idempotency-Key の応答を保管する時間",
        en="Hours that replies to an Idempotency-Key are kept",
    ),
    "access_token_ttl_s": Text(
        ja="アクセストークンの有効時間（秒）",
        en="Life of an access token, in seconds",
    ),
    "secret_key": Text(
        ja="鍵を封じる秘密（32 文字以上）。未設定ならデータフォルダーに生成する",
        en="Secret that seals keys (32 characters or more); unset: made in the data folder",
    ),
    "backup_key": Text(
        ja="バックアップの暗号鍵となる合い言葉。データフォルダーの外に保管する",
        en="Passphrase that encrypts back-ups; keep it outside the data folder",
    ),
    "wal_archive": Text(
        ja="内蔵データベースのログを1分以内に写し続けるフォルダー（別のディスクか計算機）。MEGURI_BACKUP_KEY で暗号化する",
        en="Folder, on another disk or machine, that gets the embedded database's log within a minute, "
        "sealed with MEGURI_BACKUP_KEY",
    ),
    "audit_roots": Text(
        ja="監査記録の毎時のルートハッシュを書き足すファイル（別の計算機に置く）。未設定ならデータフォルダーの audit-roots.jsonl",
        en="File, on another machine, that the audit's hourly roots are appended to; unset: audit-roots.jsonl in the data folder",
    ),
    "smtp_url": Text(
        ja="メールサーバー（smtp:// または smtps://、利用者名とパスワードを含められる）。未設定ならメールは送らない",
        en="Mail server (smtp:// or smtps://, may hold user name and password); unset: no mail is sent",
    ),
    "mail_from": Text(
        ja="送るメールの差出人",
        en="Sender of mails",
    ),
    "name_matcher": Text(
        ja="取引先の名称を照合する外部サービス（yente 互換、例 http://matcher:8000/match/default）。未設定なら読み込んだリストだけで照合する",
        en="Service that matches company names (as yente does; http://matcher:8000/match/default, say); unset: loaded lists only",
    ),
    "oidc_issuer": Text(
        ja="サインインに使う OpenID プロバイダーの発行者 URL",
        en="Issuer of an OpenID provider with which people may sign in",
    ),
    "oidc_client_id": Text(
        ja="OpenID プロバイダーでのクライアント ID（戻り先は /sign-in/provider/back）",
        en="Client id at the OpenID provider (its redirect URI is /sign-in/provider/back)",
    ),
    "oidc_client_secret": Text(
        ja="OpenID プロバイダーでのクライアントシークレット。未設定なら公開クライアント",
        en="Client secret at the OpenID provider; unset: a public client",
    ),
    "oidc_name": Text(
        ja="サインイン画面に表示する OpenID プロバイダーの名前",
        en="Name of the OpenID provider on the sign-in page",
    ),
    "oidc_scopes": Text(
        ja="OpenID プロバイダーに求めるスコープ",
        en="Scopes asked of the OpenID provider",
    ),
    "oidc_operator": Text(
        ja="OpenID プロバイダーが人と権限を管理する事業者の ID",
        en="Id of the operator whose people and roles the OpenID provider manages",
    ),
    "oidc_role_claim": Text(
        ja="権限を読み取るクレーム（. で入れ子を指定）",
        en="Claim that roles are read from (dots lead into objects)",
    ),
    "oidc_roles": Text(
        ja="クレームの値と権限の対応（値=admin|editor|viewer）",
        en="What the claim's values mean (value=admin|editor|viewer)",
    ),
    "files_url": Text(
        ja="ファイルを置くバケット（s3://バケット/接頭辞）。未設定ならデータフォルダーの files",
        en="Bucket of the files (s3://bucket/prefix); unset: files in the data folder",
    ),
    "s3_endpoint": Text(
        ja="S3 互換サービスのアドレス。未設定なら AWS",
        en="Address of the S3-compatible service; unset: AWS",
    ),
    "s3_region": Text(
        ja="バケットのリージョン",
        en="Region of the bucket",
    ),
    "s3_key_id": Text(
        ja="バケットのアクセスキー ID。未設定なら計算機の権限を使う",
        en="Access key id of the bucket; unset: the machine's own rights",
    ),
    "s3_secret_key": Text(
        ja="バケットのシークレットアクセスキー",
        en="Secret access key of the bucket",
    ),
    "metrics_token": Text(
        ja="/metrics を読むためのトークン。未設定ならループバックからだけ読める",
        en="Token for reading /metrics; unset: from loopback only",
    ),
    "log_level": Text(
        ja="ログの詳しさ（DEBUG・INFO・WARNING・ERROR）",
        en="How much is logged (DEBUG, INFO, WARNING, ERROR)",
    ),
    "log_format": Text(
        ja="ログの形式",
        en="Form of log lines",
    ),
    "maintenance": Text(
        ja="保守中として更新を断る",
        en="Answer that the service is under maintenance",
    ),
    "auto_disclose": Text(
        ja="取引先への回答を自動で開示する（新しい事業者の既定値）",
        en="Disclose answers to trading partners by default (for new operators)",
    ),
    "seed_public_sample": Text(
        ja="公開サンプルのアカウントを作る（tutorial だけ）",
        en="Make the accounts of the public sample (tutorial only)",
    ),
    "allow_data_reset": Text(
        ja="データの初期化を許す（tutorial と conformance だけ）",
        en="Allow data to be reset (tutorial and conformance only)",
    ),
    "ip_restriction": Text(
        ja="API キーごとの CIDR を検査する",
        en="Check the CIDR of each API key",
    ),
    "north_key_check": Text(
        ja="トレーサビリティ北向き API で x-api-key を検査する",
        en="Check x-api-key on the north-bound traceability API",
    ),
    "conformance_hooks": Text(
        ja="適合試験だけに使う入口を開く（conformance だけ）",
        en="Open the doors that only conformance tests use (conformance only)",
    ),
    "outside_origins": Text(
        ja="自社のネットワーク内など、公開 https 以外で参加を許すデータ流通システムのオリジン",
        en="Origins of data-transport systems that companies may join besides public https ones, such as in your own network",
    ),
    "l3_issuers": Text(
        ja="データスペースの入口で受け入れる、外部のアクセストークンの発行者 URL（公開鍵は OpenID Connect Discovery で得る）",
        en="Issuers whose access tokens the data-space doors take besides our own (keys by OpenID Connect Discovery)",
    ),
    "l3_audience": Text(
        ja="外部のアクセストークンの aud に求める値。未設定なら検査しない",
        en="What aud of an outside access token has to name; unset: not checked",
    ),
    "l3_user_info": Text(
        ja="外部のアクセストークンごとに、発行者の UserInfo で利用者を確認する",
        en="Ask the issuer's UserInfo about the account behind an outside access token",
    ),
    "l3_introspection": Text(
        ja="アクセストークンを照会する L3 の URL（…/auth/token/introspect）",
        en="Address of the L3 that is asked about access tokens (…/auth/token/introspect)",
    ),
    "l3_client_id": Text(
        ja="L3 に照会するときのクライアント ID",
        en="Client id with which the L3 is asked",
    ),
    "l3_client_secret": Text(
        ja="L3 に照会するときのクライアントシークレット",
        en="Client secret with which the L3 is asked",
    ),
    "authzen_url": Text(
        ja="認可を判断する外部サービスの URL（AuthZEN evaluation）。未設定なら自分で判断する",
        en="Address of the outside service that decides access (AuthZEN evaluation); unset: we decide ourselves",
    ),
    "authzen_key": Text(
        ja="認可サービスに示す鍵",
        en="Key shown to the service that decides access",
    ),
    "authzen_key_header": Text(
        ja="その鍵を入れるヘッダー（Authorization なら Bearer として送る）",
        en="Header in which the key goes (Authorization: as Bearer)",
    ),
    "gateway_key": Text(
        ja="ゲートウェイの経路を管理する鍵（/actuator/gateway/routes の X-API-KEY）。未設定なら管理の入口は開かない",
        en="Key that manages the gateway's routes (X-API-KEY at /actuator/gateway/routes); unset: that door stays shut",
    ),
    "gateway_origins": Text(
        ja="ゲートウェイの経路が指してよい接続先のオリジン（社内のアドレスも可）",
        en="Origins that routes of the gateway may lead to (also addresses of your own network)",
    ),
    "loopback_peers": Text(
        ja="同じ計算機で動く相手ノードのオリジン（demo だけ）",
        en="Origins of peer nodes on the same machine (demo only)",
    ),
    "app": Text(
        ja="組み立てを行うモジュール（試験用）",
        en="Module that composes the application (for tests)",
    ),
}

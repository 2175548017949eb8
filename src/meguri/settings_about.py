"""What each setting means, in both languages; a test keeps the names equal to those of `settings.Settings`."""

from meguri.kernel.text import Text

SECRETS = frozenset({"backup_key", "database_url", "metrics_token", "secret_key", "smtp_url"})
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
    "smtp_url": Text(
        ja="メールサーバー（smtp:// または smtps://、利用者名とパスワードを含められる）。未設定ならメールは送らない",
        en="Mail server (smtp:// or smtps://, may hold user name and password); unset: no mail is sent",
    ),
    "mail_from": Text(
        ja="送るメールの差出人",
        en="Sender of mails",
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
    "loopback_peers": Text(
        ja="同じ計算機で動く相手ノードのオリジン（demo だけ）",
        en="Origins of peer nodes on the same machine (demo only)",
    ),
    "app": Text(
        ja="組み立てを行うモジュール（試験用）",
        en="Module that composes the application (for tests)",
    ),
}

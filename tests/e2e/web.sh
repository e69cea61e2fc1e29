# web.sh -- nginx and lighttpd in front, on the files of httpd-conf/.  Part of
# lib.sh.

start_nginx() {
	prepare
	cat >"$T/nginx.conf" <<-EOC
		user $web_user;
		worker_processes 1;
		pid $T/pid/nginx;
		error_log $T/log/nginx.log info;
		events { worker_connections 1024; }
		http {
			access_log off;
			client_body_temp_path $T/nginx-body;
			fastcgi_temp_path $T/nginx-fastcgi;
			proxy_temp_path $T/nginx-proxy;
			scgi_temp_path $T/nginx-scgi;
			uwsgi_temp_path $T/nginx-uwsgi;
			server {
				listen 127.0.0.1:$port;
				server_name localhost;
				location /api/ {
					include /etc/nginx/fastcgi_params;
					fastcgi_pass unix:$T/run/api.sock;
				}
			}
			server {
				listen 127.0.0.1:$port default_server;
				location / {
					include /etc/nginx/fastcgi_params;
					fastcgi_pass unix:$T/run/serve.sock;
				}
				location /-blobs/ { internal; alias $T/state/blobs/; }
			}
		}
	EOC
	nginx -c "$T/nginx.conf" -p "$T" >>"$T/log/nginx.log" 2>&1
}

/// Two keys that were made for these tests and are used nowhere else.
enum SigningKeys {
    static let first = """
        -----BEGIN PRIVATE KEY-----
        MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQDYoI+k16FULDq1
        kYBOoioVukcfbYHfLPEZFhOoYYJCG5Xwca0XZ6E2RYjJJv7Ri4V1Exd9/m/3+V6G
        h9r5LvlfS2Y0ZmWyVquAG7xpEQBxZyszDSZS1HhciZVJM3m8Y5ceUfKYDwkG0Xf1
        9MoSeq1rAE+c8e9tNjPf12Drj3CnI9Gy/SaO0UPmCHAlkUfMZJIS0rarOHNiTWgT
        eGQVKb4hXLmKUPPpAtq7mY/LccqvqBD0hYNYjusmn6vsFrO/9NxRmzxn/j62bAOb
        W0y8/vvq3VD/AUp5ubC0Z51utDljvKNHpnertVMbEPN7tY4PYK1ecwD3UQ/S62n6
        8b3TUVcBAgMBAAECggEAX0xrROpzl5MJlNzYpD8k4oAbT9EeBC9CNXYH2dhjtG9s
        S+XGbvhw7G40mcFk8ow9ft6SRCRN37o9glN72ol2vRxvbvfpH0aPlgEdpt8K4diw
        IXpUdLXx6UvBd/2EPYNWdMk6PvjGUNCPxI0W5IBBkEQHwhSQ7uuccInQonBs76m7
        6gvkz+t5qJWQdeuQMaH73V0P574g+8rUJIaKUxmDz00HEExyCKG7+2roTnctFEMM
        7ZUaeqz5JIWaqoa0FUtPceqkAtYcpN1a21UxJy30AGamLWH2tZKFePZkViOrmi+s
        rGDoVXshEJquAar6oKwO9ETbLNw8gvcrNKB4HnKFrQKBgQD2do1YPEdlm/g3ZtMw
        axj95uWgRlHS6gHlVgVRruQYQiK1cU8/aMRSAHCEpYhZ+BCXimwfp7+LDkRDQLLK
        DpMBO+Y3+HJzS+YRbNNiGqx6+8vPXQtPeT6rtOrCnMXaz3SUynRUYe+quD+sSD4N
        t3pgVegqCPhqmnSWB9U2VXo9+wKBgQDhAnTXfxVm4Sk1K9n/gHXJZmx+nxiBJPJD
        3wiwn52/3QjthgXHGjtQeGXKHNCuDTtQYuXTm5NYBPnJrxSvoYd2SyIeScEp+y9v
        6nYnT+dEL+0WTIygW14JeAjjVuhudO0UiQ/2vvmkMoQllvW36c69DVa/3XRBvl4J
        Cn5dLqqaMwKBgQD092KHp+pC+SJeVopkXp6Jhp0Hj702SLa3rqc8x/sYjWuYMlZV
        LRmsc5lijnEXE3PSW5gaYo4EdZqtybmrEY9Vs6agTQXcyTyUZzk3ElILLwglRFLA
        nD8JRZns8wvI71ftp8i2Ml2XruhCoc9jrNEqvVgzp5TZyElG8eQezBjjTwKBgEgM
        Wk96gObdaC1/aiF3B8BCjLEKznTj2LNE4mpz4bZC143+4TC8xIti0e0ixutEj16R
        HFhis452oWkkJ7KJPW/yZO1f3ntL1Ae5ArZZzoq18eu2/TyHpRfRGL9635gm1pdB
        wBvZUORzzH6g1PNb6Xf9om5zQbufckrg0k+SFsyjAoGAXyqizGFlR/qYAAvRR8gi
        nJKd1I2mlCDxeu5N8Lx5pkI+fXAcclSS7Rkp0hnftLUfWb0w3xBrnfqph2SzmCQd
        9aAPkPwliq+61sqRUy+CxTm3bCBvGEFAhrrBBH9ri8HqF6nWPx++zi2gxFxTCeL3
        eQW62wkKcP/Myq1PIA19Ics=
        -----END PRIVATE KEY-----
        """
    /// Its modulus, in base64url.
    static let firstModulus = """
        2KCPpNehVCw6tZGATqIqFbpHH22B3yzxGRYTqGGCQhuV8HGtF2ehNkWIySb-0YuFdRMXff5v9_lehofa-S75X0tmNGZlslargBu8\
        aREAcWcrMw0mUtR4XImVSTN5vGOXHlHymA8JBtF39fTKEnqtawBPnPHvbTYz39dg649wpyPRsv0mjtFD5ghwJZFHzGSSEtK2qzhz\
        Yk1oE3hkFSm-IVy5ilDz6QLau5mPy3HKr6gQ9IWDWI7rJp-r7Bazv_TcUZs8Z_4-tmwDm1tMvP776t1Q_wFKebmwtGedbrQ5Y7yj\
        R6Z3q7VTGxDze7WOD2CtXnMA91EP0utp-vG901FXAQ
        """
    static let second = """
        -----BEGIN PRIVATE KEY-----
        MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQDXf82bnbfs8SJY
        8bmzP0gLdn/HirdCQoZb9TUGHmSRqDKHWrIHpGK934FKLOb7kuQ46LzddyEy4LJC
        cU+sLX/7Iv6JzW6D9HlROKna5YTSy7NnlhVVk8ZVbEFZJg2lkt/B7i2wcPstbgMj
        1ZQkhIP/ccBJzXtGFhnEVn4V8JVdjmvTblN0KuUH9zjcKjQUuDKhB/jHaGdZi4th
        i0LJY2VoLkfwMygQimrnvDYxmBKa+31BmoCs3w6QHHgQ7DWHH6cMfcMV/lQfAfsf
        x0zncmZeLCA0v476iv6PWqooiM90vjbMl+gB4nYjwhVTWts+nx7J+E9R65F68DfR
        7BktIqeZAgMBAAECggEAB19X3KYg68zVFhIQ/megvURSJfS3hR9gWDGI8psOvufw
        Re6tpAgfmQDWPBV8rSh5ln5/MEbE0+gu2QnmMKJZhvE2dZGZtrnMqQwaotfoJcuy
        aSMP5Z6vB0RImQuYUGzjAFANGpnxkec6BBtosct3IOxWkyp3OEQwdfstMu7JNrXa
        SOaJL8uv/hhD2gC6LlWzvI7SS0kaTqcjWMVZhCbNq99AL7L9viEGEI7rpXMxiyH6
        8yKMNy0oiaM0WqPEJpM9Bxp2DtBjkcNcWlxaS9B+7eYGgZhGnYhoUBWOLtMy8ql6
        cQSS4a5HafnhoKx6l7vcYcIoYuDhFJE92lVH9+KqAQKBgQD5O9BYUCem8w8SjeER
        k50Wh+0KVs3p3GGFvxqJPFPjsve4xI/Sr51sDI3/r49Fg93lfAHyg1wHRoG4YyDQ
        +SgCGZxM7Q4OKlTKl2xwMWyBiXt+yvBqH26C37h+trq+Eo+wE0p57PMd3v1ID5NE
        HUnzYGj/83w9RJcRD0zmKRltAQKBgQDdWYiP+VB7B+O2V1qcnyrgnnD0O1Tbz2Ew
        lgA5ppmssgjVTSrheQGaEulNHuqSpnSsgsXMCAiYFLii3cija0KLOpYy58H1TwKQ
        RoHHikmX8WbaVkzBaIn9SlBvKqpiWkiCYq0wxsBPoOMuReOqyGlC8FDPC8bS3z12
        ZFUU1ZaCmQKBgQDKLQ4+hY8U6/ifGX6pDnCQtWTBTVcuTTrDDxoMl2aJwEUZmkH9
        K75sxuZtslFrl6PqI6VEv/BoanaSR794JZWh1nqnIGmVbhtoWFt7y2v0zLzkRuWt
        gJ/aBHeaOsrToyTyNUPmEiPJaHlX+mKBD61MgznJ3w86eCh/i0TbNB3PAQKBgD0U
        6Pd6ADiDO9Zkkq+nyKhFcLwk50zlFFfY/OTr0XpzgraB3fRsdQG0eEb84hRn9Mhq
        KfUcvmphRXZEJ4rZHXrYRvxzMfXkwLtZiZSr15UjW5OivvmcRH/uEvYqWuxbJ6k7
        W7mbDxSqPCbXyHSna0y6jkIkaNBmJErYcxYVvrv5AoGARFz6QE+jGW2z04CL3EkT
        ncfOxYHrakEPZ75ypgI+H1AdgYgxb6SFHPI4TlcVVld2FugR9qA2onRjhKsRiP/x
        aSuSdoH2OVie0EhOExHFdyfaN/GybaM+AFpHZL0jQhauctWvFaIAi5S10HcJefWt
        U1ek66xTZDjhknZGND3Qi7I=
        -----END PRIVATE KEY-----
        """
    /// Its modulus, in base64url.
    static let secondModulus = """
        13_Nm5237PEiWPG5sz9IC3Z_x4q3QkKGW_U1Bh5kkagyh1qyB6Rivd-BSizm-5LkOOi83XchMuCyQnFPrC1_-yL-ic1ug_R5UTip\
        2uWE0suzZ5YVVZPGVWxBWSYNpZLfwe4tsHD7LW4DI9WUJISD_3HASc17RhYZxFZ-FfCVXY5r025TdCrlB_c43Co0FLgyoQf4x2hn\
        WYuLYYtCyWNlaC5H8DMoEIpq57w2MZgSmvt9QZqArN8OkBx4EOw1hx-nDH3DFf5UHwH7H8dM53JmXiwgNL-O-or-j1qqKIjPdL42\
        zJfoAeJ2I8IVU1rbPp8eyfhPUeuRevA30ewZLSKnmQ
        """
}
